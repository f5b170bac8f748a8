"""Every kind of identifier that is looked for, one row each.

Belongs here: the rows. ``chance`` of a form is the share of any values in it that keep the rule: a tenth for one check
digit, a hundredth for two, 1 where the form alone decides. A kind of another country, or a form that a city meets in
its own data, is a row more. Does not belong here: how forms are looked for (``search``).
"""

from __future__ import annotations

from typing import Final

from contracts.identifiers import validity
from contracts.identifiers.kinds import RUN_DOUBT, Bare, Form, Kind
from contracts.model import Text

HYPHEN: Final = "[-\u2010\u2011\u2013]"
BLANK: Final = "[ \u00a0]"
_GAP: Final = "[-\u2010\u2011\u2013 \u00a0]"


def _text(en: str, es: str, pt: str) -> Text:
    return Text(en, {"es": es, "pt": pt})


_WIDE = "\u00a0"
_D = "[0-9]"
_LETTERS = "[A-Za-zÑñ&]"
_NUMBERED = r"\W{0,3}(?:(?i:n\.?(?:[úu]m(?:ero)?|[oº°])?)\W{0,3})?"
"""What may stand between a word and its number: a colon, "n.º"."""

KINDS: Final[tuple[Kind, ...]] = (
    Kind(
        "email",
        _text("e-mail addresses", "direcciones de correo electrónico", "endereços de e-mail"),
        validity.is_always,
        forms=(Form(r"\w[\w.+%'-]{0,63}@(?:[0-9A-Za-z-]{1,63}\.){1,8}[A-Za-z]{2,24}", 1.0),),
        words=frozenset({"email", "correo"}),
    ),
    Kind(
        "phone",
        _text("telephone numbers", "números de teléfono", "números de telefone"),
        validity.is_phone,
        ("AR", "BR", "CO", "EC", "MX"),
        forms=(
            Form(rf"\+[1-9]{_D}{{0,2}}[ .{_WIDE}-]?(?:\(?{_D}{{1,4}}\)?[ .{_WIDE}-]?){{2,4}}{_D}{{2,4}}", 1.0),
            Form(rf"\((?:{_D}{{2,3}}|0{_D}{{3}})\){BLANK}?{_D}{{3,5}}[ .{_WIDE}-]?{_D}{{4}}", 1.0),
            Form(
                rf"(?i:tel|telf|tel[eé]fonos?|telefones?|phone|fone|celular|cel|whatsapp|m[oó]vil|cell|fax)"
                rf"{_NUMBERED}(?P<number>{_D}(?:[ .{_WIDE}-]?{_D}){{6,12}})",
                1.0,
            ),
            Form(
                rf"(?:[1-9]{_D} 9{_D}{{4}}|11 {_D}{{4}}|3{_D}{{2}} {_D}{{3}}|55 {_D}{{4}}|09{_D} {_D}{{3}})"
                rf"[ -]{_D}{{4}}",
                1.0,
                home=True,
            ),
        ),
        bare=(Bare(rf"\+?{_D}{{7,13}}", 1.0),),
        words=frozenset(
            {
                "phone",
                "telephone",
                "tel",
                "telefono",
                "telefone",
                "celular",
                "cellphone",
                "mobile",
                "movil",
                "whatsapp",
                "fax",
            }
        ),
    ),
    Kind(
        "phone_north_america",
        _text(
            "telephone numbers (North America)",
            "números de teléfono (Norteamérica)",
            "números de telefone (América do Norte)",
        ),
        validity.is_phone_north,
        ("US", "CA", "DO", "PR"),
        forms=(
            Form(
                rf"(?:1[-. ])?[2-9]{_D}{{2}}[-.]{_D}{{3}}[-.]{_D}{{4}}|(?:1 )?[2-9]{_D}{{2}} {_D}{{3}}[- ]{_D}{{4}}",
                0.57,
                home=True,
            ),
        ),
        bare=(Bare(rf"1?{_D}{{10}}", 1.0, home=True),),
        words=frozenset({"phone", "telephone", "tel", "telefono", "cellphone", "mobile", "fax"}),
    ),
    Kind(
        "card",
        _text("payment cards", "tarjetas de pago", "cartões de pagamento"),
        validity.is_card,
        forms=(
            Form(rf"{_D}{{4}}(?:{_GAP}{_D}{{4}}){{3}}|3{_D}{{3}}{_GAP}{_D}{{6}}{_GAP}{_D}{{5}}", 0.03),
            Form(
                rf"(?:4{_D}{{12}}(?:{_D}{{3}})?|5[1-5]{_D}{{14}}|3[47]{_D}{{13}}|6(?:011|5{_D}{{2}}){_D}{{12}})",
                0.1,
                doubt=RUN_DOUBT,
            ),
        ),
        bare=(Bare(rf"{_D}{{13,19}}", 0.03),),
        words=frozenset({"card", "tarjeta", "cartao"}),
    ),
    Kind(
        "us_ssn",
        _text(
            "Social Security Numbers (United States)",
            "números de seguro social (Estados Unidos)",
            "números de seguro social (Estados Unidos)",
        ),
        validity.is_ssn,
        ("US",),
        forms=(
            Form(rf"{_D}{{3}}{HYPHEN}{_D}{{2}}{HYPHEN}{_D}{{4}}", 0.88),
            Form(rf"(?i:ssn|social security){_NUMBERED}(?P<number>{_D}{{3}}{_GAP}?{_D}{{2}}{_GAP}?{_D}{{4}})", 0.88),
        ),
        bare=(Bare(rf"{_D}{{9}}", 1.0, digits=9),),
        words=frozenset({"ssn"}),
    ),
    Kind(
        "us_itin",
        _text(
            "Individual Taxpayer Numbers (United States)",
            "números de contribuyente individual (Estados Unidos)",
            "números de contribuinte individual (Estados Unidos)",
        ),
        validity.is_itin,
        ("US",),
        forms=(Form(rf"9{_D}{{2}}{HYPHEN}[7-9]{_D}{HYPHEN}{_D}{{4}}", 0.93),),
        bare=(Bare(rf"9{_D}{{8}}", 1.0),),
        words=frozenset({"itin"}),
    ),
    Kind(
        "ca_sin",
        _text(
            "Social Insurance Numbers (Canada)",
            "números de seguro social (Canadá)",
            "números de seguro social (Canadá)",
        ),
        validity.is_sin,
        ("CA",),
        forms=(
            Form(
                rf"[1-79]{_D}{{2}}{HYPHEN}{_D}{{3}}{HYPHEN}{_D}{{3}}|[1-79]{_D}{{2}} {_D}{{3}} {_D}{{3}}",
                0.1,
                home=True,
            ),
            Form(rf"(?:SIN|NAS){_NUMBERED}(?P<number>[1-79]{_D}{{2}}{_GAP}?{_D}{{3}}{_GAP}?{_D}{{3}})", 0.1, home=True),
        ),
        bare=(Bare(rf"[1-79]{_D}{{8}}", 0.1, home=True),),
        words=frozenset({"sin", "nas"}),
    ),
    Kind(
        "ca_phn",
        _text(
            "health numbers (British Columbia)",
            "números de salud (Columbia Británica)",
            "números de saúde (Colúmbia Britânica)",
        ),
        validity.is_phn,
        ("CA",),
        forms=(Form(rf"9{_D}{{3}}{_GAP}{_D}{{3}}{_GAP}{_D}{{3}}", 0.1, home=True),),
        bare=(Bare(rf"9{_D}{{9}}", 0.1, home=True),),
        words=frozenset({"phn"}),
    ),
    Kind(
        "mx_curp",
        _text("CURP (Mexico)", "CURP (México)", "CURP (México)"),
        validity.is_curp,
        ("MX",),
        forms=(Form(rf"[A-Za-z]{{4}}{_D}{{6}}[HMXhmx][A-Za-z]{{5}}[0-9A-Za-z]{_D}", 0.1),),
    ),
    Kind(
        "mx_rfc",
        _text("RFC of persons (Mexico)", "RFC de personas (México)", "RFC de pessoas (México)"),
        validity.is_rfc,
        ("MX",),
        forms=(Form(rf"{_LETTERS}{{4}}[- ]?{_D}{{6}}[- ]?[0-9A-Za-z]{{3}}", 0.01),),
    ),
    Kind(
        "mx_rfc_company",
        _text("RFC of companies (Mexico)", "RFC de empresas (México)", "RFC de empresas (México)"),
        validity.is_rfc_company,
        ("MX",),
        forms=(Form(rf"{_LETTERS}{{3}}[- ]?{_D}{{6}}[- ]?[0-9A-Za-z]{{3}}", 0.01, home=True),),
        of_company=True,
    ),
    Kind(
        "mx_nss",
        _text(
            "social security numbers (Mexico)",
            "números de seguridad social (México)",
            "números de seguridade social (México)",
        ),
        validity.is_nss,
        ("MX",),
        forms=(
            Form(rf"{_D}{{2}}{HYPHEN}{_D}{{2}}{HYPHEN}{_D}{{2}}{HYPHEN}{_D}{{4}}{HYPHEN}{_D}", 0.1),
            Form(rf"(?i:nss|imss){_NUMBERED}(?P<number>{_D}{{11}})", 0.1),
        ),
        bare=(Bare(rf"{_D}{{11}}", 0.1, home=True, digits=11),),
        words=frozenset({"nss"}),
    ),
    Kind(
        "br_cpf",
        _text("CPF (Brazil)", "CPF (Brasil)", "CPF (Brasil)"),
        validity.is_cpf,
        ("BR",),
        forms=(
            Form(rf"{_D}{{3}}\.{_D}{{3}}\.{_D}{{3}}{HYPHEN}{_D}{{2}}", 0.01),
            Form(rf"(?i:cpf){_NUMBERED}(?P<number>{_D}{{11}})", 0.01),
            Form(rf"{_D}{{9}}{HYPHEN}{_D}{{2}}", 0.01),
        ),
        bare=(Bare(rf"{_D}{{11}}", 0.01, digits=11),),
        words=frozenset({"cpf"}),
    ),
    Kind(
        "br_cnpj",
        _text("CNPJ of companies (Brazil)", "CNPJ de empresas (Brasil)", "CNPJ de empresas (Brasil)"),
        validity.is_cnpj,
        ("BR",),
        forms=(Form(rf"{_D}{{2}}\.{_D}{{3}}\.{_D}{{3}}/{_D}{{4}}{HYPHEN}{_D}{{2}}", 0.01),),
        bare=(Bare(rf"{_D}{{14}}", 0.01, digits=14),),
        of_company=True,
    ),
    Kind(
        "ar_cuit",
        _text(
            "CUIT or CUIL of persons (Argentina)",
            "CUIT o CUIL de personas (Argentina)",
            "CUIT ou CUIL de pessoas (Argentina)",
        ),
        validity.is_cuit,
        ("AR",),
        forms=(
            Form(rf"2[0347]{HYPHEN}{_D}{{8}}{HYPHEN}{_D}", 0.1),
            Form(rf"(?i:cui[tl]){_NUMBERED}(?P<number>2[0347]{_D}{{9}})", 0.1),
        ),
        bare=(Bare(rf"{_D}{{11}}", 0.004),),
        words=frozenset({"cuit", "cuil"}),
    ),
    Kind(
        "ar_cuit_company",
        _text("CUIT of companies (Argentina)", "CUIT de empresas (Argentina)", "CUIT de empresas (Argentina)"),
        validity.is_cuit_company,
        ("AR",),
        forms=(Form(rf"3[034]{HYPHEN}{_D}{{8}}{HYPHEN}{_D}", 0.1),),
        bare=(Bare(rf"{_D}{{11}}", 0.003, home=True),),
        of_company=True,
    ),
    Kind(
        "cl_rut",
        _text("RUT of persons (Chile)", "RUT de personas (Chile)", "RUT de pessoas (Chile)"),
        validity.is_rut,
        ("CL",),
        forms=(
            Form(rf"{_D}{{1,2}}\.{_D}{{3}}\.{_D}{{3}}{HYPHEN}[0-9Kk]", 0.1),
            Form(rf"{_D}{{7,8}}{HYPHEN}[0-9Kk]", 0.1, home=True),
            Form(rf"(?i:rut|run){_NUMBERED}(?P<number>{_D}{{7,8}}{HYPHEN}?[0-9Kk])", 0.1),
        ),
        bare=(Bare(rf"{_D}{{7,8}}[0-9Kk]", 0.1, home=True),),
        words=frozenset({"rut", "run"}),
    ),
    Kind(
        "cl_rut_company",
        _text("RUT of companies (Chile)", "RUT de empresas (Chile)", "RUT de empresas (Chile)"),
        validity.is_rut_company,
        ("CL",),
        forms=(Form(rf"{_D}{{2}}\.{_D}{{3}}\.{_D}{{3}}{HYPHEN}[0-9Kk]", 0.1, home=True),),
        of_company=True,
    ),
    Kind(
        "co_nit",
        _text("NIT of persons (Colombia)", "NIT de personas (Colombia)", "NIT de pessoas (Colômbia)"),
        validity.is_nit_colombia,
        ("CO",),
        forms=(
            Form(rf"{_D}{{1,3}}(?:\.{_D}{{3}}){{2,3}}{HYPHEN}{_D}", 0.1, home=True),
            Form(rf"{_D}{{7,10}}{HYPHEN}{_D}", 0.1, home=True),
        ),
        bare=(Bare(rf"{_D}{{8,11}}", 0.1, home=True),),
    ),
    Kind(
        "co_nit_company",
        _text("NIT of companies (Colombia)", "NIT de empresas (Colombia)", "NIT de empresas (Colômbia)"),
        validity.is_nit_colombia_company,
        ("CO",),
        forms=(
            Form(rf"[89]{_D}{{2}}(?:\.{_D}{{3}}){{2}}{HYPHEN}{_D}", 0.1, home=True),
            Form(rf"[89]{_D}{{8}}{HYPHEN}{_D}", 0.1, home=True),
        ),
        of_company=True,
    ),
    Kind(
        "pe_cui",
        _text(
            "DNI with its check digit (Peru)",
            "DNI con su dígito verificador (Perú)",
            "DNI com seu dígito verificador (Peru)",
        ),
        validity.is_cui_peru,
        ("PE",),
        forms=(Form(rf"{_D}{{8}}{HYPHEN}[0-9A-K]", 0.1, home=True),),
    ),
    Kind(
        "pe_ruc",
        _text("RUC of persons (Peru)", "RUC de personas (Perú)", "RUC de pessoas (Peru)"),
        validity.is_ruc_peru,
        ("PE",),
        forms=(Form(rf"(?i:ruc){_NUMBERED}(?P<number>1[057]{_D}{{9}})", 0.1),),
        bare=(Bare(rf"{_D}{{11}}", 0.003),),
    ),
    Kind(
        "pe_ruc_company",
        _text("RUC of companies (Peru)", "RUC de empresas (Perú)", "RUC de empresas (Peru)"),
        validity.is_ruc_peru_company,
        ("PE",),
        forms=(Form(rf"(?i:ruc){_NUMBERED}(?P<number>20{_D}{{9}})", 0.1, home=True),),
        bare=(Bare(rf"20{_D}{{9}}", 0.1, home=True),),
        of_company=True,
    ),
    Kind(
        "ec_ci",
        _text("cédulas (Ecuador)", "cédulas (Ecuador)", "cédulas (Equador)"),
        validity.is_cedula_ecuador,
        ("EC",),
        forms=(Form(rf"{_D}{{9}}{HYPHEN}{_D}", 0.02, home=True),),
        bare=(Bare(rf"{_D}{{10}}", 0.02, digits=10), Bare(rf"{_D}{{10}}001", 0.02, digits=13)),
    ),
    Kind(
        "uy_ci",
        _text("cédulas (Uruguay)", "cédulas (Uruguay)", "cédulas (Uruguai)"),
        validity.is_cedula_uruguay,
        ("UY",),
        forms=(
            Form(rf"{_D}\.{_D}{{3}}\.{_D}{{3}}{HYPHEN}{_D}", 0.1),
            Form(rf"{_D}{{7}}{HYPHEN}{_D}", 0.1, home=True),
        ),
        bare=(Bare(rf"{_D}{{8}}", 0.1, home=True, digits=8),),
    ),
    Kind(
        "cr_id",
        _text("cédulas (Costa Rica)", "cédulas (Costa Rica)", "cédulas (Costa Rica)"),
        validity.is_always,
        ("CR",),
        forms=(Form(rf"0?[1-9]{HYPHEN}{_D}{{4}}{HYPHEN}{_D}{{4}}", 1.0, home=True),),
    ),
    Kind(
        "do_cedula",
        _text("cédulas (Dominican Republic)", "cédulas (República Dominicana)", "cédulas (República Dominicana)"),
        validity.is_cedula_dominican,
        ("DO",),
        forms=(Form(rf"{_D}{{3}}{HYPHEN}{_D}{{7}}{HYPHEN}{_D}", 0.1),),
        bare=(Bare(rf"{_D}{{11}}", 0.1, home=True, digits=11),),
    ),
    Kind(
        "cu_ni",
        _text("identity numbers (Cuba)", "números de identidad (Cuba)", "números de identidade (Cuba)"),
        validity.is_ni_cuba,
        ("CU",),
        bare=(Bare(rf"{_D}{{11}}", 1.0, home=True, digits=11),),
        words=frozenset({"ni", "carne", "identidad"}),
    ),
    Kind(
        "gt_nit",
        _text("NIT (Guatemala)", "NIT (Guatemala)", "NIT (Guatemala)"),
        validity.is_nit_guatemala,
        ("GT",),
        forms=(Form(rf"{_D}{{5,8}}{HYPHEN}[0-9Kk]", 0.1, home=True),),
        bare=(Bare(rf"{_D}{{6,8}}[0-9Kk]", 0.1, home=True),),
    ),
    Kind(
        "sv_nit",
        _text("NIT (El Salvador)", "NIT (El Salvador)", "NIT (El Salvador)"),
        validity.is_nit_salvador,
        ("SV",),
        forms=(Form(rf"{_D}{{4}}{HYPHEN}{_D}{{6}}{HYPHEN}{_D}{{3}}{HYPHEN}{_D}", 0.1),),
        bare=(Bare(rf"{_D}{{14}}", 0.1, home=True, digits=14),),
    ),
    Kind(
        "py_ruc",
        _text("RUC of persons (Paraguay)", "RUC de personas (Paraguay)", "RUC de pessoas (Paraguai)"),
        validity.is_ruc_paraguay,
        ("PY",),
        forms=(Form(rf"{_D}{{5,8}}{HYPHEN}{_D}", 0.1, home=True),),
    ),
    Kind(
        "ve_rif",
        _text("RIF of persons (Venezuela)", "RIF de personas (Venezuela)", "RIF de pessoas (Venezuela)"),
        validity.is_rif,
        ("VE",),
        forms=(Form(rf"[VEPvep]{HYPHEN}?{_D}{{8}}{HYPHEN}{_D}|[VEPvep]{HYPHEN}{_D}{{9}}", 0.1),),
    ),
    Kind(
        "named_id",
        _text(
            "identity numbers that the text names",
            "números de identidad que el texto nombra",
            "números de identidade que o texto nomeia",
        ),
        validity.is_always,
        ("CO",),
        forms=(
            Form(
                rf"(?i:dni|d\.n\.i|c[eé]dula|c\.i|r\.?g|pasaporte|passport|passaporte"
                rf"|documento de ident\w+){_NUMBERED}(?P<number>{_D}(?:[.{_WIDE} -]?{_D}){{5,10}})",
                1.0,
            ),
            Form(rf"(?i:c\.? ?c\.?){_NUMBERED}(?P<number>{_D}(?:[.{_WIDE} -]?{_D}){{5,9}})", 1.0, home=True),
        ),
        bare=(Bare(rf"{_D}{{6,11}}|{_D}{{1,3}}(?:\.{_D}{{3}}){{2,3}}", 1.0),),
        words=frozenset(
            {"dni", "cedula", "documento", "rg", "curp", "rfc", "pasaporte", "passport", "passaporte", "cc"}
        ),
    ),
)
"""Every kind, in the order in which finds are told."""

BY_ID: Final = {kind.id: kind for kind in KINDS}
