/* The search: finds what a reader types in the index that the page loaded (catalog/search/index.py says its form), and
   shows it. Nothing is asked of any server, so that it also works from a disk. `fold` and `WORD` do what
   catalog/search/folding.py does; a test holds the two against each other. */
"use strict";
(() => {
  const WORD = /[\p{L}\p{N}]+/gu;
  const LETTERS = { ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ð: "d", ł: "l", ı: "i" };
  const FIELDS = { A: 10, B: 6, C: 4, D: 1 };
  const IN_COLUMN = 0.3; // what a word in a column counts for its product
  const SHOWN = 8; // results of a kind before "show all"
  /* Endings that do not change what is looked for, taken off in this order; words are folded by then. */
  const ENDINGS = {
    en: [[/^(..+[^aeiou])ies$/, "$1y"], [/^(..+[^siu])s$/, "$1"], [/^(...+)ly$/, "$1"],
      [/^(.*[aeiouy].*[^e])ed$/, "$1"], [/^(.*[aeiouy].+)ing$/, "$1"], [/^(....+[st])ion$/, "$1"],
      [/^(..+)([bdgmnprt])\2$/, "$1$2"], [/^(...+)e$/, "$1"]],
    es: [[/^(.+)ces$/, "$1z"], [/^(..+[lnrsdzjyx])es$/, "$1"], [/^(..+[aeou])s$/, "$1"], [/^(...+)mente$/, "$1"],
      [/^(...+?)(?:[aeo]|[ae]n)$/, "$1"], [/^(....+?)(?:[ai]?cion|ad|id|ar|er|ir|and|iend)$/, "$1"]],
    pt: [[/^(.+)(?:oes|aes|aos)$/, "$1ao"], [/^(..+)ns$/, "$1m"], [/^(..+)([aeou])is$/, "$1$2l"],
      [/^(..+[lnrsdz])es$/, "$1"], [/^(..+[aeou])s$/, "$1"], [/^(...+)mente$/, "$1"],
      [/^(...+?)[ai]?cao$/, "$1"], [/^(...+?)(?:am|em|[aeo])$/, "$1"], [/^(....+)(?:ad|id|ar|er|ir|and|end|ind)$/, "$1"]],
  };

  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().normalize("NFKD")
    .replace(/[ßæœøđðłı]/g, (c) => LETTERS[c]);
  const words = (text) => fold(text).match(WORD) || [];
  const stem = (word, language) =>
    (ENDINGS[language.slice(0, 2)] || []).reduce((stemmed, [ending, kept]) => stemmed.replace(ending, kept), word);

  /* Whether one letter more, less, other or two swapped make `b` of `a`. */
  const near = (a, b) => {
    if (Math.abs(a.length - b.length) > 1) return false;
    let i = 0;
    while (i < a.length && a[i] === b[i]) i += 1;
    if (a.length < b.length) return a.slice(i) === b.slice(i + 1);
    if (a.length > b.length) return a.slice(i + 1) === b.slice(i);
    return a.slice(i + 1) === b.slice(i + 1)
      || (a[i] === b[i + 1] && a[i + 1] === b[i] && a.slice(i + 2) === b.slice(i + 2));
  };
  const together = (a, b) => {
    let i = 0;
    while (i < a.length && a[i] === b[i]) i += 1;
    return i;
  };

  class Index {
    constructor(data) {
      Object.assign(this, data);
      this.stops = new Set(data.stops.split(" "));
      this.words = data.words ? data.words.split(" ") : [];
      this.posts = data.posts.split(" ");
      this.stems = this.words.map((word) => stem(word, data.language));
      this.carriers = this.columns.map(() => []); // for each column, the things that have it
      this.things.forEach((thing, number) => thing[6].forEach((column) => this.carriers[column].push(number)));
    }

    /* The words of the index that a typed word means, each with how surely; the looser ways only where no word fits. */
    meant(typed) {
      const found = new Map(), stemmed = stem(typed, this.language);
      this.words.forEach((word, i) => {
        if (word === typed) found.set(i, 1);
        else if (this.stems[i] === stemmed) found.set(i, 0.8);
        else if (word.startsWith(typed)) found.set(i, 0.5);
      });
      if (found.size || typed.length < 5) return found;
      const long = stemmed.length > 4;
      this.words.forEach((word, i) => {
        if (near(typed, word) || (long && near(stemmed, this.stems[i]))) found.set(i, 0.3);
      });
      if (found.size || typed.length < 6) return found;
      const least = Math.max(5, typed.length - 4);
      this.words.forEach((word, i) => { if (together(typed, word) >= least) found.set(i, 0.2); });
      return found;
    }

    /* What one typed word counts for each thing: its score, the words it met, the columns it stands in: those called by
       it, and those that only tell of it. */
    scored(typed, hits) {
      const total = this.things.length + this.columns.length, scores = new Map();
      const add = (thing, score, word, column, field) => {
        scores.set(thing, Math.max(scores.get(thing) || 0, score));
        if (!hits.has(thing)) hits.set(thing, { words: new Set(), called: new Map(), telling: new Map(), own: false });
        const hit = hits.get(thing);
        hit.words.add(word);
        if (column === undefined) hit.own = true;
        else {
          const columns = field < "C" ? hit.called : hit.telling;
          columns.set(column, Math.max(columns.get(column) || 0, score));
        }
      };
      for (const [i, sure] of this.meant(typed)) {
        const places = [...this.posts[i].matchAll(/([A-D])([0-9a-z]+)/g)];
        const rare = Math.log(1 + total / places.length);
        let at = 0;
        for (const [, field, step] of places) {
          at += parseInt(step, 36);
          const score = sure * rare * FIELDS[field], column = at - this.things.length;
          if (column < 0) add(at, score, this.words[i]);
          else for (const thing of this.carriers[column]) add(thing, score * IN_COLUMN, this.words[i], column, field);
        }
      }
      return scores;
    }

    /* The things that have a column of exactly this name; none for a name that is a plain word too. */
    called(name) {
      const found = new Set();
      if (!/[_\d]/.test(name)) return found;
      this.columns.forEach(([code], column) => {
        if (code && fold(code) === fold(name)) this.carriers[column].forEach((thing) => found.add(thing));
      });
      return found;
    }

    /* Things that have every typed word, the best first; where none has, those that have some. The exact name of a
       column is answered by what has it, and nothing else. */
    find(text) {
      const all = [...new Set(words(text))], telling = all.filter((word) => !this.stops.has(word));
      const typed = telling.length ? telling : all, hits = new Map(), sums = new Map(), counts = new Map();
      const called = this.called(text.trim());
      for (const word of typed) {
        for (const [thing, score] of this.scored(word, hits)) {
          sums.set(thing, (sums.get(thing) || 0) + score);
          counts.set(thing, (counts.get(thing) || 0) + 1);
        }
      }
      const most = Math.max(0, ...counts.values()), whole = most === typed.length;
      const found = [...sums.keys()].filter((thing) => !whole || counts.get(thing) === most)
        .sort((a, b) => counts.get(b) - counts.get(a) || sums.get(b) - sums.get(a) || a - b);
      const meant = called.size ? found.filter((thing) => called.has(thing)) : found;
      return { typed, whole, found: meant.map((thing) => ({ thing, ...hits.get(thing) })) };
    }
  }

  const element = (name, inside = [], facts = {}) => {
    const made = document.createElement(name);
    Object.entries(facts).forEach(([key, value]) => { if (value) made.setAttribute(key, value); });
    made.append(...inside);
    return made;
  };
  /* A text with the words that were met in <mark>. */
  const marked = (text, met) => {
    const parts = [];
    let end = 0;
    for (const match of text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
      if (!words(match[0]).some((word) => met.has(word))) continue;
      parts.push(text.slice(end, match.index), element("mark", [match[0]]));
      end = match.index + match[0].length;
    }
    return [...parts, text.slice(end)].filter((part) => part !== "");
  };

  const start = (page) => {
    const say = page.dataset, field = page.querySelector("input[name=q]"), form = field.form;
    const status = page.querySelector("[role=status]"), results = page.querySelector("[data-results]");
    const none = page.querySelector("[data-none]"), title = document.title;
    if (!self.cauceIndex) { status.textContent = say.broken; return; }
    const index = new Index(self.cauceIndex);
    const told = (text, what) => text.replace(/%\((\w+)\)s/g, (_, key) => what[key]);
    const number = (count) => count.toLocaleString(document.documentElement.lang);

    const item = ({ thing, words: met, called, telling, own: itself }) => {
      const [kind, address, name, line, note, language, own] = index.things[thing];
      const inside = [element("h3", [element("a", marked(name, met), { href: `../${address}`, lang: language })])];
      if (line) inside.push(element("p", marked(line, met), { lang: language }));
      const columns = called.size || itself ? called : telling;
      const best = own.filter((c) => columns.has(c)).sort((a, b) => columns.get(b) - columns.get(a)).slice(0, 4);
      const facts = note ? [element("li", [element("b", [note])])] : [];
      best.forEach((c) => {
        const [code, said] = index.columns[c];
        facts.push(element("li", [`${code ? say.column : say.value} `, ...(said ? [...marked(said, met), " "] : []),
          ...(code ? [element("code", marked(code, met))] : [])]));
      });
      const met_here = (text) => text && marked(text, met).some((part) => typeof part !== "string");
      if (index.kinds[kind] !== "page" && !columns.size && !met_here(name) && !met_here(line)) facts.push(element("li", [say.within]));
      if (facts.length) inside.push(element("ul", facts, { class: "meta" }));
      return element("li", inside);
    };
    const group = (kind, found) => {
      const id = `found-${kind}`, list = element("ul", found.slice(0, SHOWN).map(item), { class: "items" });
      const head = element("h2", [say[kind], " ", element("span", [number(found.length)], { class: "count" })], { id });
      const inside = [head, list];
      if (found.length > SHOWN) {
        const more = element("button", [told(say.more, { count: number(found.length) })], { type: "button", class: "more" });
        more.addEventListener("click", () => {
          const rest = found.slice(SHOWN).map(item);
          list.append(...rest);
          more.remove();
          rest[0].querySelector("a").focus();
        });
        inside.push(more);
      }
      return element("section", inside, { "aria-labelledby": id });
    };
    const carry = () => document.querySelectorAll(".tongues a").forEach((link) => {
      const there = new URL(link.href);
      there.search = field.value.trim() ? `?${new URLSearchParams({ q: field.value.trim() })}` : "";
      link.href = there.href;
    });
    const show = () => {
      carry();
      const text = field.value.trim(), empty = !words(text).length;
      const { typed, whole, found } = empty ? { typed: [], whole: true, found: [] } : index.find(text);
      results.replaceChildren(...index.kinds.map((kind, k) => [kind, found.filter((f) => index.things[f.thing][0] === k)])
        .filter(([, some]) => some.length).map(([kind, some]) => group(kind, some)));
      none.hidden = empty || found.length > 0;
      status.textContent = empty ? "" : !found.length ? told(say.nothing, { words: text })
        : told(whole || typed.length < 2 ? say.found : say.some, { count: number(found.length), words: text });
      document.title = empty ? title : `${text} · ${title}`;
    };
    const remember = () => {
      const address = new URL(location.href);
      if (field.value.trim()) address.searchParams.set("q", field.value.trim());
      else address.searchParams.delete("q");
      history.replaceState(null, "", address);
    };
    field.value = new URL(location.href).searchParams.get("q") || "";
    field.addEventListener("input", show);
    form.addEventListener("submit", (event) => { event.preventDefault(); remember(); show(); });
    field.addEventListener("change", remember);
    show();
  };

  self.cauceSearch = { Index, fold, words, stem, near };
  const page = document.querySelector("[data-search]");
  if (page) start(page);
})();
