// @ts-check
/**
 * Every page: mark that scripts run, send a form once, keep unsent words, lead to the first error, open dialogs
 * and menus. Pages work without it. Words come from the page, never from here.
 */
"use strict";

(() => {
  const root = document.documentElement;
  root.classList.add("js");

  /** @param {Element} element */
  const buttons = (element) => element.querySelectorAll("button:not([type=button]), input[type=submit]");

  /** @param {HTMLFormElement} form @param {boolean} busy */
  const markBusy = (form, busy) => {
    form.dataset.sent = busy ? "1" : "";
    buttons(form).forEach((button) => {
      if (busy) button.setAttribute("aria-busy", "true");
      else button.removeAttribute("aria-busy");
    });
  };

  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.method === "dialog" || form.hasAttribute("data-many")) return;
    if (form.dataset.sent === "1") {
      event.preventDefault();
      return;
    }
    // After the browser has read the pressed button's name, so that it is sent.
    window.setTimeout(() => { if (!event.defaultPrevented) markBusy(form, true); }, 0);
    // A download or a cut line leaves the page standing: after 20 s it can be sent again (the key makes it one).
    window.setTimeout(() => markBusy(form, false), 20000);
  });

  // Back from the next page: the form may be sent again.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form").forEach((form) => markBusy(form, false));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = /** @type {Element} */ (event.target).closest("form");
    if (form) markBusy(form, false);
  });

  // --- unsent words of forms marked data-keep="name" stay in this tab until the form was sent and accepted ------

  /** @param {HTMLFormElement} form */
  const keptKey = (form) => "linli-kept:" + location.pathname + ":" + form.dataset.keep;

  /** @param {HTMLFormElement} form */
  const kept = (form) => {
    /** @type {Record<string, string>} */
    const values = {};
    form.querySelectorAll("textarea[name], input[name]").forEach((element) => {
      const field = /** @type {HTMLInputElement} */ (element);
      const wordy = field.tagName === "TEXTAREA" || field.type === "text" || field.type === "search";
      if (wordy && !field.hasAttribute("data-secret") && field.autocomplete !== "off") values[field.name] = field.value;
    });
    return values;
  };

  /** @param {() => void} work: storage may be switched off; the form works without it */
  const quietly = (work) => { try { work(); } catch (_) { /* nothing kept */ } };

  document.querySelectorAll("form[data-keep]").forEach((element) => {
    const form = /** @type {HTMLFormElement} */ (element);
    quietly(() => {
      const stored = JSON.parse(sessionStorage.getItem(keptKey(form)) || "{}");
      Object.keys(stored).forEach((name) => {
        const field = /** @type {HTMLInputElement | null} */ (form.elements.namedItem(name));
        if (field && "value" in field && !field.value) field.value = stored[name];
      });
    });
    form.addEventListener("input", () => quietly(() => sessionStorage.setItem(keptKey(form), JSON.stringify(kept(form)))));
  });
  // A page that confirms the sending names the forms whose words are no longer needed.
  document.querySelectorAll("[data-forget]").forEach((element) => quietly(() => {
    const name = /** @type {HTMLElement} */ (element).dataset.forget;
    Object.keys(sessionStorage).filter((key) => key.startsWith("linli-kept:") && key.endsWith(":" + name))
      .forEach((key) => sessionStorage.removeItem(key));
  }));

  // --- first error, dialogs, menus, printing --------------------------------------------------------------------

  const problem = /** @type {HTMLElement | null} */ (document.querySelector("[data-summary]") || document.querySelector("[aria-invalid=true]"));
  if (problem) problem.focus();

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const opener = /** @type {HTMLElement | null} */ (target && target.closest("[data-dialog]"));
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog || "");
      if (dialog instanceof HTMLDialogElement) {
        event.preventDefault();
        dialog.showModal();
      }
      return;
    }
    const toggle = /** @type {HTMLElement | null} */ (target && target.closest("[data-toggle]"));
    if (toggle) {
      const shown = document.getElementById(toggle.dataset.toggle || "");
      if (shown) toggle.setAttribute("aria-expanded", String(shown.classList.toggle("is-open")));
      return;
    }
    if (target && target.closest("[data-print]")) window.print();
    if (target && target.closest("[data-back]") && history.length > 1) {
      event.preventDefault();
      history.back();
    }
  });

  // Long texts count down in words of the page: <p data-count-for="id_text" data-count-words="{n} left">.
  document.querySelectorAll("[data-count-for]").forEach((element) => {
    const line = /** @type {HTMLElement} */ (element);
    const field = /** @type {HTMLTextAreaElement | null} */ (document.getElementById(line.dataset.countFor || ""));
    if (!field || field.maxLength < 0) return;
    const say = () => { line.textContent = (line.dataset.countWords || "{n}").replace("{n}", String(field.maxLength - field.value.length)); };
    field.addEventListener("input", say);
    say();
  });
})();
