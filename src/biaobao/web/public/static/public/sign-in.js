// Signs the server's challenge with a certificate file and sends certificate and signature, no more.
import { base64, signsIn, SignerProblem } from "../ui/certificate-box.js";

const box = document.querySelector("[data-certificate-sign-in]");
const form = box.querySelector("form");

async function challenge() {
  const token = form.elements.csrfmiddlewaretoken.value;
  const answer = await fetch(box.dataset.challengeUrl, { method: "POST", headers: { "X-CSRFToken": token } });
  if (!answer.ok) throw new SignerProblem("no-challenge");
  const { nonce, text } = await answer.json();
  // What is signed must say what for and for whom: for coming in, here.
  const [purpose, host] = text.split("\n");
  if (purpose !== "biaobao sign-in" || host !== `host: ${location.host}`) throw new SignerProblem("no-challenge");
  return { nonce, text };
}

signsIn(box, async (certificate, sign) => {
  const { nonce, text } = await challenge();
  const signature = await sign(new TextEncoder().encode(text));
  form.elements.nonce.value = nonce;
  form.elements.certificate.value = base64(certificate.der);
  form.elements.signature.value = base64(signature);
  form.submit();
});
