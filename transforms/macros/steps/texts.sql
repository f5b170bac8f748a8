{#- Registered steps about identifiers and free text; what they do, their versions and sentences stand in steps.yml. -#}

{#-
  pseudonym(identifier, purpose): a stand-in for an identifier, by a key that stands outside the warehouse. `purpose` is
  a text: pseudonyms of different purposes cannot be joined. The model must be a table, made while the key is at hand.
-#}
{% macro pseudonym(identifier, purpose) %}
    {%- do needs_table('pseudonym') -%}
    {{ return('step_pseudonym(cast(' ~ identifier ~ " as varchar), '" ~ purpose | replace("'", "''") ~ "')") }}
{% endmacro %}


{#- no_text(text): whether there was a text. -#}
{% macro no_text(text) %}
    {{ return('step_no_text(' ~ text ~ ')') }}
{% endmacro %}


{#- needs_table(step): an error in a model that is a view: whoever read it later would have no key. -#}
{% macro needs_table(step) %}
    {%- if execute and config.get('materialized') != 'table' -%}
        {{ exceptions.raise_compiler_error(
            step ~ "() stands in a model that is no table. Put config(materialized='table') at its top"
        ) }}
    {%- endif -%}
{% endmacro %}
