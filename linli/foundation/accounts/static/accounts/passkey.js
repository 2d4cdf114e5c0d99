// @ts-check
/**
 * Passkeys: fetch the question, ask the browser, send its answer with the form. Without a browser that knows
 * passkeys the form stays hidden and the page offers the other ways.
 */
"use strict";

(() => {
  /** @param {string} text */
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "="));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  };

  /** @param {ArrayBuffer | null | undefined} buffer */
  const text = (buffer) => {
    if (!buffer) return null;
    const plain = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };

  /** @param {{id: string}[] | undefined} list */
  const known = (list) => (list || []).map((item) => ({ ...item, id: bytes(item.id) }));

  /** @param {any} question */
  const readable = (question) => {
    const key = { ...question.publicKey, challenge: bytes(question.publicKey.challenge) };
    if (key.user) key.user = { ...key.user, id: bytes(key.user.id) };
    if (key.excludeCredentials) key.excludeCredentials = known(key.excludeCredentials);
    if (key.allowCredentials) key.allowCredentials = known(key.allowCredentials);
    return { publicKey: key };
  };

  /** @param {any} answer */
  const sendable = (answer) => ({
    id: answer.id,
    rawId: text(answer.rawId),
    type: answer.type,
    authenticatorAttachment: answer.authenticatorAttachment || null,
    clientExtensionResults: answer.getClientExtensionResults(),
    response: {
      clientDataJSON: text(answer.response.clientDataJSON),
      attestationObject: text(answer.response.attestationObject) || undefined,
      authenticatorData: text(answer.response.authenticatorData) || undefined,
      signature: text(answer.response.signature) || undefined,
      userHandle: text(answer.response.userHandle) || undefined,
    },
  });

  /** @param {HTMLFormElement} form */
  const ask = async (form) => {
    const token = /** @type {HTMLInputElement} */ (form.elements.namedItem("csrfmiddlewaretoken")).value;
    const reply = await fetch(form.dataset.options || "", {
      method: "POST",
      headers: { "X-CSRFToken": token, Accept: "application/json" },
      credentials: "same-origin",
    });
    if (!reply.ok) throw new Error("options");
    const question = readable(await reply.json());
    const answer = form.dataset.passkey === "create"
      ? await navigator.credentials.create(question)
      : await navigator.credentials.get(question);
    const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("credential"));
    field.value = JSON.stringify(sendable(answer));
    form.submit();
  };

  document.querySelectorAll("form[data-passkey]").forEach((element) => {
    const form = /** @type {HTMLFormElement} */ (element);
    if (!window.PublicKeyCredential) return;
    form.hidden = false;
    document.querySelectorAll("[data-no-passkey]").forEach((note) => { /** @type {HTMLElement} */ (note).hidden = true; });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const failed = /** @type {HTMLElement | null} */ (form.querySelector("[data-passkey-failed]"));
      if (failed) failed.hidden = true;
      ask(form).catch(() => { if (failed) failed.hidden = false; });
    });
  });
})();
