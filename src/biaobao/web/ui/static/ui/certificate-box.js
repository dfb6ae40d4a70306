// A box on a page where somebody opens a certificate file, chooses a certificate, and signs.
import { Pkcs12Signer, SignerProblem } from "./signer.js";

export { SignerProblem };

// Decoding and key derivation hold the page for a second: the words have to be painted before.
const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

export const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

const camel = (code) => code.replace(/(^|-)([a-z])/g, (_, __, letter) => letter.toUpperCase());

/**
 * Let the box's button sign.
 *
 * @param box holds the fields of ui/_certificate_fields.html, and as data the words to say.
 * @param {(certificate, sign) => Promise<void>} use what is done with the chosen certificate;
 *     sign(bytes) gives the signature of its key.
 */
export function signsIn(box, use) {
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

  async function signer() {
    if (!file.files.length) throw new SignerProblem("no-file");
    const bytes = new Uint8Array(await file.files[0].arrayBuffer());
    return Pkcs12Signer.open(bytes, password.value);
  }

  async function chosenCertificate(from) {
    const certificates = await from.listCertificates();
    if (certificates.length === 1) return certificates[0];
    if (!choice.hidden) return certificates[choice.querySelector("select").selectedIndex];
    choice.querySelector("select").replaceChildren(...certificates.map(({ name }) => new Option(name)));
    choice.hidden = false;
    return null;
  }

  async function run() {
    say("wordOpening", false);
    await painted();
    opened ??= await signer();
    const certificate = await chosenCertificate(opened);
    if (!certificate) {
      say("wordChoose", false);
      return;
    }
    say("wordSigning", false);
    const from = opened;
    await use(certificate, (bytes) => from.sign(certificate, bytes));
    password.value = "";
  }

  function forget() {
    opened = null;
    choice.hidden = true;
    said.textContent = "";
  }

  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await run();
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
}
