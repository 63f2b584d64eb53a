"""Makes the tokens of this folder with another implementation: python make.py (cryptography 50.0.2).

The private keys are thrown away; what is left can only be verified.
"""

import base64
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, length=None):
    return b64(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


def token(name, sign):
    header = {"alg": name, "kid": name, "typ": "JWT"}
    claims = {
        "iss": "https://issuer.example",
        "aud": ["seawall", "other"],
        "sub": "system:serviceaccount:claims:assistant",
        "iat": 1700000000,
        "nbf": 1700000000,
        "exp": 1700003600,
        "jti": "t-1",
    }
    signed = b64(json.dumps(header).encode()) + "." + b64(json.dumps(claims).encode())
    return signed + "." + b64(sign(signed.encode()))


def main():
    keys, tokens = [], {}
    rsa_key = rsa.generate_private_key(65537, 2048)
    numbers = rsa_key.public_key().public_numbers()
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    for name, pad, digest in [
        ("RS256", padding.PKCS1v15(), hashes.SHA256()),
        ("RS512", padding.PKCS1v15(), hashes.SHA512()),
        ("PS256", pss, hashes.SHA256()),
    ]:
        keys.append({"kty": "RSA", "kid": name, "use": "sig", "n": number(numbers.n), "e": number(numbers.e)})
        tokens[name] = token(name, lambda data: rsa_key.sign(data, pad, digest))
    for name, curve, crv, size, digest in [
        ("ES256", ec.SECP256R1(), "P-256", 32, hashes.SHA256()),
        ("ES384", ec.SECP384R1(), "P-384", 48, hashes.SHA384()),
    ]:
        key = ec.generate_private_key(curve)
        point = key.public_key().public_numbers()

        def sign(data):
            r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(digest)))
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")

        keys.append({"kty": "EC", "kid": name, "crv": crv, "x": number(point.x, size), "y": number(point.y, size)})
        tokens[name] = token(name, sign)
    with open("keys.json", "w", encoding="utf-8") as file:
        json.dump({"keys": keys}, file, indent=1)
        file.write("\n")
    with open("tokens.json", "w", encoding="utf-8") as file:
        json.dump(tokens, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
