// @ts-check
/**
 * Below the words of a report: what is proposed and what may be the same, asked for while somebody types.
 * On the desk htmx asks; here it is asked by itself. "Take this kind" works by click and by Alt and its letter,
 * never while Chinese (or any other) input is being composed.
 */
"use strict";

(() => {
  const box = document.getElementById("more");
  const form = box instanceof HTMLElement ? box.closest("form") : null;
  if (!box || !form) return;

  const shown = () => {
    for (const button of box.querySelectorAll("[data-take]")) button.removeAttribute("hidden");
  };

  /** @param {Element} button */
  const take = (button) => {
    const field = document.getElementById(button.getAttribute("data-take") || "");
    if (!(field instanceof HTMLSelectElement)) return;
    field.value = button.getAttribute("data-value") || "";
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  };

  box.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-take]") : null;
    if (button) take(button);
  });
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.isComposing || event.keyCode === 229) return;
    const button = Array.from(box.querySelectorAll("[data-alt-key]")).find(
      (one) => one.getAttribute("data-alt-key") === event.key.toLowerCase(),
    );
    if (!button) return;
    event.preventDefault();
    take(button);
  });
  new MutationObserver(shown).observe(box, { childList: true, subtree: true });
  shown();

  const address = box.getAttribute("data-hints");
  if (!address) return;
  const seen = document.createElement("input");
  Object.assign(seen, { type: "hidden", name: "more_seen", value: "1" });
  form.append(seen);
  /** @type {number | undefined} */
  let waiting;
  let turn = 0;

  const ask = async () => {
    const mine = ++turn;
    try {
      const answer = await fetch(address, { method: "POST", body: new FormData(form), credentials: "same-origin" });
      if (!answer.ok || mine !== turn || box.contains(document.activeElement)) return;
      const text = await answer.text();
      if (mine === turn && !box.contains(document.activeElement)) box.innerHTML = text;
    } catch (_) { /* offline: the report goes on without hints */ }
  };
  /** @param {number} pause */
  const soon = (pause) => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(ask, pause);
  };
  const text = document.getElementById("id_text");
  const kind = document.getElementById("id_kind");
  if (text) text.addEventListener("input", (event) => { if (!(event instanceof InputEvent && event.isComposing)) soon(500); });
  if (text) text.addEventListener("compositionend", () => soon(500));
  if (kind) kind.addEventListener("change", () => soon(0));
})();
