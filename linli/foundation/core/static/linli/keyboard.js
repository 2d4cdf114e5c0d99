// @ts-check
/**
 * The desk by keyboard: j and k walk the queue, Enter opens, 1-9 press the page's verbs, / searches, ? shows help.
 * Never while Chinese (or any other) input is being composed, never inside a field, never with Ctrl, Alt or Meta.
 */
"use strict";

(() => {
  /** @param {EventTarget | null} target */
  const inField = (target) =>
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

  /** @param {KeyboardEvent} event */
  const composing = (event) => event.isComposing || event.keyCode === 229;

  /** @param {number} step */
  const walk = (step) => {
    const rows = /** @type {HTMLElement[]} */ (Array.from(document.querySelectorAll("[data-row] a[href], a[data-row]")));
    if (!rows.length) return;
    const at = rows.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1);
    rows[next].focus();
  };

  /** @param {string} selector @returns {HTMLElement | null} */
  const find = (selector) => document.querySelector(selector);

  // Single keys can be switched off on this device (a dictation program may type them); kept in local storage.
  const OFF = "linli-single-keys-off";
  /** @returns {boolean} */
  const off = () => { try { return localStorage.getItem(OFF) === "1"; } catch (_) { return false; } };
  const box = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-shortcuts]"));
  if (box) {
    box.checked = !off();
    box.addEventListener("change", () => {
      try { localStorage.setItem(OFF, box.checked ? "0" : "1"); } catch (_) { /* stays on */ }
    });
  }

  document.addEventListener("keydown", (event) => {
    if (composing(event) || inField(event.target)) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (find("dialog[open]")) return;
    if (event.key === "?") {
      const help = document.getElementById("keyboard-help");
      if (help instanceof HTMLDialogElement) help.showModal();
      return;
    }
    if (off()) return;
    if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
    else if (event.key === "/") {
      const search = find("[data-search]");
      if (!search) return;
      event.preventDefault();
      search.focus();
    } else if (/^[1-9]$/.test(event.key)) {
      const verb = find(`[data-verb-key="${event.key}"]`);
      if (!verb || verb.getAttribute("aria-disabled") === "true" || verb.hasAttribute("disabled")) return;
      event.preventDefault();
      verb.focus();
      verb.click();
    }
  });
})();
