/*
 * How a page signs with a certificate.
 *
 * A signer is anything with these two methods; the middleware of a USB key takes this place with a
 * class of its own, and nothing else changes:
 *
 *   listCertificates() -> Promise<Certificate[]>
 *       Certificate: { name: string, der: Uint8Array }, the certificates whose keys it can use.
 *   sign(certificate, bytes) -> Promise<Uint8Array>
 *       The signature of the bytes with the certificate's key: RSASSA-PKCS1-v1_5 with SHA-256,
 *       or for P-256 ECDSA with SHA-256 as r and s, 32 bytes each.
 *
 * Both reject with a SignerProblem whose code the page has words for.
 */

export class SignerProblem extends Error {
  /** @param {"wrong-password" | "not-a-file" | "no-key" | "other-key" | "no-crypto"} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Signs with the key in a PKCS#12 file. File, password and key stay in this page. */
export class Pkcs12Signer {
  #entries;

  constructor(entries) {
    this.#entries = entries;
  }

  /** Opens a file; its keys go into the browser's key store, from which nobody can take them out. */
  static async open(bytes, password) {
    if (!window.isSecureContext || !crypto.subtle) throw new SignerProblem("no-crypto");
    const file = decode(bytes, password);
    const keys = bagsOf(file, [forge.pki.oids.keyBag, forge.pki.oids.pkcs8ShroudedKeyBag]);
    const certificates = bagsOf(file, [forge.pki.oids.certBag]);
    const entries = [];
    for (const bag of keys) {
      const certificate = certificates.find((other) => belongsTo(other, bag)) ?? onlyOne(certificates, keys);
      if (certificate) entries.push(await entry(certificate, bag));
    }
    if (!entries.length) throw new SignerProblem("no-key");
    return new Pkcs12Signer(entries);
  }

  async listCertificates() {
    return this.#entries.map(({ name, der }) => ({ name, der }));
  }

  async sign(certificate, bytes) {
    const found = this.#entries.find(({ der }) => sameBytes(der, certificate.der));
    if (!found) throw new SignerProblem("no-key");
    return new Uint8Array(await crypto.subtle.sign(found.algorithm, found.key, bytes));
  }
}

function decode(bytes, password) {
  let asn1;
  try {
    asn1 = forge.asn1.fromDer(forge.util.createBuffer(bytes));
  } catch {
    throw new SignerProblem("not-a-file");
  }
  try {
    return forge.pkcs12.pkcs12FromAsn1(asn1, password);
  } catch (problem) {
    const isPassword = /password|mac|decrypt/i.test(problem.message);
    throw new SignerProblem(isPassword ? "wrong-password" : "not-a-file");
  }
}

function bagsOf(file, types) {
  return types.flatMap((type) => file.getBags({ bagType: type })[type] ?? []);
}

function belongsTo(certificate, key) {
  const [one, other] = [certificate, key].map((bag) => bag.attributes.localKeyId?.[0]);
  return one !== undefined && one === other;
}

function onlyOne(certificates, keys) {
  return certificates.length === 1 && keys.length === 1 ? certificates[0] : undefined;
}

async function entry(certificateBag, keyBag) {
  // The decoder knows RSA; certificates and keys of other kinds come out as the structures they were.
  const certificate = certificateBag.cert ? forge.pki.certificateToAsn1(certificateBag.cert) : certificateBag.asn1;
  const isRsa = Boolean(keyBag.key);
  const wrapped = isRsa ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(keyBag.key)) : keyBag.asn1;
  const algorithm = isRsa ? RSA : P256;
  const pkcs8 = bytesOf(wrapped);
  let key;
  try {
    key = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
  } catch {
    throw new SignerProblem("other-key");
  } finally {
    pkcs8.fill(0);
  }
  return { name: nameOf(certificate), der: bytesOf(certificate), key, algorithm };
}

function nameOf(certificate) {
  // tbsCertificate: version, serial, signature, issuer, validity, subject (RFC 5280, 4.1).
  const subject = forge.pki.RDNAttributesAsArray(certificate.value[0].value[5]);
  const part = (name) => subject.find((attribute) => attribute.name === name)?.value;
  const names = [part("organizationName"), part("commonName")].filter(Boolean);
  return names.map(readable).join(" · ");
}

function readable(text) {
  try {
    return forge.util.decodeUtf8(text);
  } catch {
    return text;
  }
}

function bytesOf(asn1) {
  return Uint8Array.from(forge.asn1.toDer(asn1).getBytes(), (letter) => letter.charCodeAt(0));
}

function sameBytes(one, other) {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}
