// Signs the server's challenge with a certificate file and sends certificate and signature, no more.
import { Pkcs12Signer, SignerProblem } from "./signer.js";

const box = document.querySelector("[data-certificate-sign-in]");
const form = box.querySelector("form");
const file = box.querySelector("#certificate-file");
const password = box.querySelector("#certificate-password");
const choice = box.querySelector("#certificate-choice");
const button = box.querySelector("[data-sign]");
const said = box.querySelector("[data-said]");

let opened = null; // The file's signer, kept while there is a certificate to be chosen from several.

function say(word, isProblem) {
  said.textContent = box.dataset[word] ?? word;
  said.className = isProblem ? "sign-said sign-problem" : "sign-said";
}

// Decoding and key derivation hold the page for a second: the words have to be painted before.
const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

async function signer() {
  if (!file.files.length) throw new SignerProblem("no-file");
  const bytes = new Uint8Array(await file.files[0].arrayBuffer());
  return Pkcs12Signer.open(bytes, password.value);
}

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

async function chosenCertificate(from) {
  const certificates = await from.listCertificates();
  if (certificates.length === 1) return certificates[0];
  if (!choice.hidden) return certificates[choice.querySelector("select").selectedIndex];
  choice.querySelector("select").replaceChildren(...certificates.map(({ name }) => new Option(name)));
  choice.hidden = false;
  return null;
}

async function signIn() {
  say("wordOpening", false);
  await painted();
  opened ??= await signer();
  const certificate = await chosenCertificate(opened);
  if (!certificate) {
    say("wordChoose", false);
    return;
  }
  say("wordSigning", false);
  const { nonce, text } = await challenge();
  const signature = await opened.sign(certificate, new TextEncoder().encode(text));
  password.value = "";
  form.elements.nonce.value = nonce;
  form.elements.certificate.value = base64(certificate.der);
  form.elements.signature.value = base64(signature);
  form.submit();
}

function forget() {
  opened = null;
  choice.hidden = true;
  said.textContent = "";
}

const camel = (code) => code.replace(/(^|-)([a-z])/g, (_, __, letter) => letter.toUpperCase());

button.addEventListener("click", async () => {
  button.disabled = true;
  try {
    await signIn();
  } catch (problem) {
    opened = null;
    if (!(problem instanceof SignerProblem)) console.error(problem);
    say(problem instanceof SignerProblem ? `word${camel(problem.code)}` : "wordOther", true);
  } finally {
    button.disabled = false;
  }
});
password.addEventListener("keydown", (event) => {
  if (event.key === "Enter") button.click();
});
file.addEventListener("change", forget);
password.addEventListener("input", forget);
button.disabled = false;
