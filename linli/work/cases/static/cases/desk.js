// @ts-check
/**
 * The desk's list: x chooses the row under the keyboard, a button chooses all; a template is put into the answer.
 * Never while Chinese (or any other) input is being composed, never inside a text field, never with Ctrl, Alt, Meta.
 */
"use strict";

(() => {
  /** @returns {boolean} */
  const off = () => { try { return localStorage.getItem("linli-single-keys-off") === "1"; } catch (_) { return false; } };
  /** @returns {HTMLInputElement[]} */
  const boxes = () => /** @type {HTMLInputElement[]} */ (Array.from(document.querySelectorAll("input[data-choose]")));

  const tell = () => {
    const n = boxes().filter((box) => box.checked).length;
    for (const place of document.querySelectorAll("[data-chosen]")) place.textContent = String(n);
    for (const button of document.querySelectorAll("[data-needs-chosen]")) button.toggleAttribute("disabled", n === 0);
  };

  document.addEventListener("keydown", (event) => {
    if (event.key !== "x" || event.isComposing || event.keyCode === 229 || off()) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const at = document.activeElement;
    if (!(at instanceof HTMLElement) || document.querySelector("dialog[open]")) return;
    if (/^(TEXTAREA|SELECT)$/.test(at.tagName) || (at instanceof HTMLInputElement && at.type !== "checkbox")) return;
    const box = at.closest("[data-row]")?.querySelector("input[data-choose]");
    if (!(box instanceof HTMLInputElement)) return;
    event.preventDefault();
    box.checked = !box.checked;
    tell();
  });

  document.addEventListener("change", (event) => {
    const at = event.target;
    if (at instanceof HTMLInputElement && at.matches("[data-choose]")) tell();
    if (at instanceof HTMLSelectElement && at.matches("[data-fill]")) {
      const field = document.getElementById(at.dataset.fill ?? "");
      if (!(field instanceof HTMLTextAreaElement) || !at.value) return;
      field.value = field.value ? `${field.value}\n${at.value}` : at.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      at.selectedIndex = 0;
      field.focus();
    }
  });

  document.addEventListener("click", (event) => {
    const at = event.target instanceof Element ? event.target.closest("[data-choose-all]") : null;
    if (!at) return;
    const all = boxes();
    const some = all.some((box) => !box.checked);
    for (const box of all) box.checked = some;
    tell();
  });

  tell();
})();
