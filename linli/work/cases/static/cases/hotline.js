// @ts-check
/**
 * The hotline desk by keyboard. Shortcuts are Alt and function keys only and rest while Chinese (or any other)
 * input is being composed. Without this script the page works by its buttons.
 */
"use strict";

(() => {
  /** @param {KeyboardEvent} event */
  const composing = (event) => event.isComposing || event.keyCode === 229;
  /** @param {string} id @returns {HTMLElement | null} */
  const by = (id) => document.getElementById(id);

  // --- the page that is read out: Alt+M and Alt+N press its buttons ---------------------------------------------
  const first = /** @type {HTMLElement | null} */ (document.querySelector("[data-first]"));
  if (first) first.focus();

  /** @param {KeyboardEvent} event @returns {boolean} whether a marked button was pressed */
  const marked = (event) => {
    const button = /** @type {HTMLElement | null} */ (document.querySelector(`[data-key="${event.code}"]`));
    if (button) button.click();
    return button !== null;
  };

  /** @type {Record<string, string>} */
  const PLACES = { F2: "id_phone", F4: "id_q", F8: "id_text", KeyJ: "earlier-heading", KeyO: "here-heading" };
  /** @param {KeyboardEvent} event @returns {boolean} */
  const shortcut = (event) => {
    if (event.altKey) {
      if (marked(event)) return true;
      const line = /^Digit([1-9])$/.exec(event.code);
      const radio = line && /** @type {HTMLInputElement | null} */ (document.querySelector(`[data-line="${line[1]}"]`));
      if (radio) { radio.checked = true; return true; }
    }
    if (event.key === "F9" && by("save")) { by("save")?.click(); return true; }
    const wanted = event.altKey === event.code.startsWith("Key") ? by(PLACES[event.code] || "") : null;
    if (wanted) wanted.focus();
    return wanted !== null;
  };
  document.addEventListener("keydown", (event) => {
    if (composing(event) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!event.altKey && !/^F\d+$/.test(event.key)) return;
    if (shortcut(event)) event.preventDefault();
  });

  const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-call]"));
  if (!form) return;
  form.querySelectorAll("[data-scriptless]").forEach((element) => { /** @type {HTMLElement} */ (element).hidden = true; });
  const token = /** @type {HTMLInputElement} */ (form.elements.namedItem("csrfmiddlewaretoken")).value;

  /** @param {HTMLElement} box @param {string} address @param {RequestInit} [options] @returns {Promise<boolean>} */
  const part = async (box, address, options = {}) => {
    try {
      const answer = await fetch(address, { credentials: "same-origin", ...options, headers: { "X-Linli-Part": "1", "X-CSRFToken": token } });
      if (answer.headers.get("X-Linli-Part") !== "1") throw new Error("another page");
      box.innerHTML = await answer.text();
      return answer.ok;
    } catch (_) {
      box.textContent = form.dataset.lost || "";
      return false;
    }
  };

  // --- a list that opens under a field --------------------------------------------------------------------------
  /**
   * @typedef {{ input: HTMLInputElement, list: HTMLElement, fill: (text: string) => Promise<void>, pick: (option: HTMLElement) => void, next: string }} Combo
   * @param {HTMLInputElement} input @param {string} name
   * @returns {HTMLElement}
   */
  const listFor = (input, name) => {
    const list = document.createElement("ul");
    list.className = "combo-list";
    list.id = name;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.labels && input.labels[0] ? input.labels[0].textContent || "" : "");
    list.hidden = true;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", name);
    (input.closest(".combo") || form).append(list);
    return list;
  };
  /** @param {HTMLElement} list @returns {HTMLElement[]} */
  const options = (list) => Array.from(list.querySelectorAll("[role=option]:not([aria-disabled])"));

  /** @param {Combo} combo @param {number} at */
  const point = (combo, at) => {
    const all = options(combo.list);
    all.forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
    const chosen = all[at];
    if (chosen) {
      combo.input.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else combo.input.removeAttribute("aria-activedescendant");
  };
  /** @param {Combo} combo @param {boolean} open */
  const show = (combo, open) => {
    const visible = open && combo.list.children.length > 0;
    combo.list.hidden = !visible;
    combo.input.setAttribute("aria-expanded", String(visible));
    point(combo, visible ? 0 : -1);
  };
  /** @param {Combo} combo @param {HTMLElement} option */
  const take = (combo, option) => {
    combo.pick(option);
    show(combo, false);
    by(combo.next)?.focus();
  };

  /** @param {Combo} combo */
  const start = (combo) => {
    let asked = 0;
    /** @type {Promise<void>} */
    let coming = Promise.resolve();
    const refresh = () => {
      const mine = ++asked;
      coming = combo.fill(combo.input.value).then(() => { if (mine === asked) show(combo, document.activeElement === combo.input); });
    };
    const go = () => {
      const all = options(combo.list);
      const at = all.find((option) => option.getAttribute("aria-selected") === "true");
      if (at && !combo.list.hidden) take(combo, at);
      else by(combo.next)?.focus();
    };
    combo.input.addEventListener("input", (event) => { if (!(/** @type {InputEvent} */ (event).isComposing)) refresh(); });
    combo.input.addEventListener("compositionend", refresh);
    combo.input.addEventListener("blur", () => window.setTimeout(() => show(combo, false), 150));
    combo.list.addEventListener("mousedown", (event) => {
      const option = event.target instanceof Element ? /** @type {HTMLElement | null} */ (event.target.closest("[role=option]:not([aria-disabled])")) : null;
      if (option) { event.preventDefault(); take(combo, option); }
    });
    combo.input.addEventListener("keydown", (event) => {
      if (composing(event)) return;
      const all = options(combo.list);
      const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (combo.list.hidden) refresh();
        else point(combo, (at + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length);
      } else if (event.key === "Enter") {
        event.preventDefault();
        void coming.then(go);
      } else if (event.key === "Escape") show(combo, false);
    });
  };

  // --- the place ------------------------------------------------------------------------------------------------
  const typed = /** @type {HTMLInputElement} */ (by("id_q"));
  const place = /** @type {HTMLInputElement} */ (by("id_place"));
  const places = listFor(typed, "places");
  start({
    input: typed, list: places, next: "id_kind_typed",
    fill: async (text) => {
      place.value = "";
      form.querySelectorAll("input[type=radio][name=place]").forEach((radio) => { /** @type {HTMLInputElement} */ (radio).checked = false; });
      if (!text.trim()) { places.replaceChildren(); return; }
      await part(places, `${form.dataset.places}?q=${encodeURIComponent(text.trim())}`);
    },
    pick: (option) => {
      place.value = option.dataset.value || "";
      typed.value = option.dataset.label || "";
      form.querySelector("[data-scriptless-choice]")?.remove();
      const here = by("here");
      if (here && option.dataset.here) void part(here, option.dataset.here);
    },
  });

  // --- the kind: the select's own options, found by name, pinyin or initials --------------------------------------
  const select = /** @type {HTMLSelectElement} */ (by("id_kind"));
  const kind = document.createElement("input");
  kind.className = select.className;
  kind.autocomplete = "off";
  for (const name of ["aria-invalid", "aria-describedby"]) {
    const value = select.getAttribute(name);
    if (value) kind.setAttribute(name, value);
  }
  kind.value = select.value ? select.options[select.selectedIndex].text : "";
  kind.id = "id_kind_typed";
  if (select.labels && select.labels[0]) select.labels[0].htmlFor = kind.id;
  select.hidden = true;
  select.before(kind);
  const kinds = listFor(kind, "kinds");
  start({
    input: kind, list: kinds, next: "id_text",
    fill: async (text) => {
      const wanted = text.trim().toLowerCase();
      select.value = "";
      const found = Array.from(select.options).filter((option) => option.value && (option.dataset.words || "").includes(wanted));
      const rank = (/** @type {HTMLOptionElement} */ option) => ((option.dataset.words || "").split("|").some((word) => word.startsWith(wanted)) ? 0 : 1);
      kinds.replaceChildren(...found.sort((a, b) => rank(a) - rank(b)).map((option, n) => {
        const item = document.createElement("li");
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.id = `kind-${n}`;
        item.dataset.value = option.value;
        item.textContent = option.text;
        return item;
      }));
    },
    pick: (option) => {
      select.value = option.dataset.value || "";
      select.dispatchEvent(new Event("change", { bubbles: true }));
    },
  });
  // Also when a proposed kind is taken.
  select.addEventListener("change", () => { kind.value = select.value ? select.options[select.selectedIndex].text : ""; });

  // --- the caller ------------------------------------------------------------------------------------------------
  const phone = /** @type {HTMLInputElement} */ (by("id_phone"));
  const earlier = /** @type {HTMLElement} */ (by("earlier"));
  let looked = "";
  /** @param {boolean} left: the field was left */
  const look = (left) => {
    const number = phone.value.replace(/[\s-]/g, "");
    if (!number || number === looked || (!left && !/^(\+?86)?1\d{10}$/.test(number))) return;
    looked = number;
    const body = new FormData();
    body.set("phone", number);
    void part(earlier, form.dataset.caller || "", { method: "POST", body });
  };
  phone.addEventListener("input", () => look(false));
  phone.addEventListener("change", () => look(true));
  if (phone.value && !phone.hasAttribute("aria-invalid")) look(true);

  document.addEventListener("submit", (event) => {
    const said = /** @type {HTMLFormElement} */ (event.target);
    if (!said.hasAttribute("data-said")) return;
    event.preventDefault();
    const button = /** @type {HTMLButtonElement | null} */ (/** @type {SubmitEvent} */ (event).submitter);
    const body = new FormData(said);
    if (button) body.set(button.name, button.value);
    body.set("phone", phone.value);
    const box = /** @type {HTMLElement | null} */ (said.querySelector("[data-answer]"));
    if (box) void part(box, said.action, { method: "POST", body }).then((good) => {
      if (good) said.querySelectorAll("button, input, label").forEach((element) => { /** @type {HTMLElement} */ (element).hidden = true; });
    });
  });

  // --- words, danger, the sealed kind, Enter goes on ---------------------------------------------------------------
  const text = /** @type {HTMLTextAreaElement} */ (by("id_text"));
  const danger = (text.dataset.danger || "").split(" ").filter(Boolean);
  const warn = () => { const box = by("danger"); if (box) box.hidden = !danger.some((word) => text.value.includes(word)); };
  text.addEventListener("input", warn);
  warn();
  const request = /** @type {HTMLSelectElement} */ (by("id_kind_of_request"));
  const advice = by("advice");
  const answer = /** @type {HTMLTextAreaElement} */ (by("id_answer"));
  const seal = () => {
    const hint = by("sealed-hint");
    if (hint) hint.hidden = request.value !== "misconduct";
    // Words already written stay in sight.
    if (advice) advice.hidden = !answer.value && !(advice.dataset.advice || "").split(" ").includes(request.value);
  };
  request.addEventListener("change", seal);
  seal();

  /** @type {Record<string, string>} */
  const NEXT = { id_phone: "id_name", id_name: "id_q" };
  form.addEventListener("keydown", (event) => {
    if (composing(event) || event.key !== "Enter" || event.defaultPrevented) return;
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.tagName !== "INPUT") return;
    event.preventDefault();
    by(/** @type {HTMLInputElement} */ (target).name === "line" ? "id_phone" : NEXT[target.id] || "")?.focus();
  });
  if (!document.querySelector("[aria-invalid=true], [data-summary]")) (phone.value ? (place.value ? kind : typed) : phone).focus();
})();
