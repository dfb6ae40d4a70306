// Signs a document: the server prepares it, the key signs here, the server finishes it.
import { base64, signsIn, SignerProblem } from "./certificate-box.js";

const box = document.querySelector("[data-signing]");
const form = box.querySelector("form");

// Told by browsers without a PDF viewer: an empty frame helps nobody.
if (navigator.pdfViewerEnabled === false) {
  document.querySelector("[data-reader]").hidden = true;
  document.querySelector("[data-reader-instead]").classList.add("reader-shown");
}

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

async function prepared(certificate) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.set("certificate", certificate);
  // As htmx asks: a refusal comes as a part of a page, for the notices of this one.
  const answer = await fetch(box.dataset.prepareUrl, { method: "POST", headers: { "HX-Request": "true" }, body });
  if (answer.ok) return answer.json();
  if (answer.status === 422) {
    const notices = document.querySelector("#notices");
    notices.innerHTML = await answer.text();
    notices.scrollIntoView({ block: "center" });
  }
  throw new SignerProblem("not-prepared");
}

signsIn(box, async ({ der }, sign) => {
  const certificate = base64(der);
  const made = await prepared(certificate);
  form.elements.certificate.value = certificate;
  form.elements.signature.value = base64(await sign(bytesOf(made.to_be_signed)));
  form.elements.sha256.value = made.sha256;
  form.submit();
});
