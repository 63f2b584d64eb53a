#!/usr/bin/env python3
"""Derives the embedded catalogues from a folder of catalogue extracts.

Usage: derive.py SOURCE_FOLDER TARGET_FOLDER

Takes facts only: ids, names, relations, status. OWASP texts, ISO titles and everything else whose
licence does not allow shipping stays behind. The output is one compact JSON file per catalogue in
the shape that `src/wire.rs` reads; run it again when an extract changes and read the diff.
"""
import json
import pathlib
import sys

source_folder, target_folder = map(pathlib.Path, sys.argv[1:3])


def load(name):
    return json.loads((source_folder / f"{name}.json").read_text())


def entry(id, name, kind, **more):
    return {"id": id, "name": name, "kind": kind, **{k: v for k, v in more.items() if v}}


def write(id, title, version, as_of, licence, attribution, source, entries, **more):
    head = {"id": id, "title": title, "version": version, "as-of": as_of, "licence": licence,
            "attribution": attribution, "source": source, **more}
    lines = ",\n".join("    " + json.dumps(e, ensure_ascii=False) for e in entries)
    text = json.dumps(head, ensure_ascii=False, indent=2)[:-2] + ',\n  "entries": [\n' + lines + "\n  ]\n}\n"
    (target_folder / f"{id}.json").write_text(text)


def atlas():
    data = load("mitre_atlas_2026_08")
    tactics = [entry(t["id"], t["name"], "tactic") for t in data["tactics"]]
    techniques = [
        entry(t["id"], t["name"], "technique", group=t["id"].rpartition(".")[0] if t["id"].count(".") == 2 else None,
              note=t.get("maturity"), maps=t["tactics"], **{"mitigated-by": t["mitigations"]})
        for t in data["techniques"]
    ]
    mitigations = [entry(m["id"], m["name"], "mitigation") for m in data["mitigations"]]
    write("mitre-atlas", "MITRE ATLAS", "2026-08", "2026-08-01", "Apache-2.0",
          "MITRE ATLAS (TM), Copyright 2021-2026 The MITRE Corporation, Apache-2.0",
          "https://github.com/mitre-atlas/atlas-data", tactics + techniques + mitigations)


def finos():
    data = load("finos_air")
    upper = lambda ref: "LLM" + ref[3:5] + ":" + ref[6:]
    risks = [entry(r["id"], r["title"], "risk", maps=[upper(x) for x in r["refs"].get("owasp-llm", [])],
                   **{"mitigated-by": r["mitigated_by"]}) for r in data["risks"]]
    mitigations = [entry(m["id"], m["title"], "mitigation", note={"PREV": "preventive", "DET": "detective"}[m["type"]],
                         maps=m["mitigates"]) for m in data["mitigations"]]
    write("finos-air", "FINOS AI Governance Framework", data["source"]["commit"][:12], data["source"]["date"], "CC-BY-4.0",
          "FINOS AI Governance Framework, Copyright 2024 Fintech Open Source Foundation, CC-BY-4.0",
          "https://github.com/finos/ai-governance-framework", risks + mitigations)


def owasp():
    llm = load("owasp_llm_top10_2025")
    write("owasp-llm", "OWASP Top 10 for LLM Applications", "2025", "2026-11", "CC-BY-SA-4.0",
          "OWASP Top 10 for LLM Applications 2025, OWASP Foundation; ids and names only",
          "https://genai.owasp.org/llm-top-10/", [entry(i["id"], i["name"], "risk") for i in llm["items"]])
    agentic = load("owasp_agentic")
    write("owasp-agentic", "OWASP Top 10 for Agentic Applications", "2026", "2025-12-09", "CC-BY-SA-4.0",
          "OWASP GenAI Security Project; ids and names only", "https://genai.owasp.org/",
          [entry(i["id"], i["name"], "risk") for i in agentic["top10"]]
          + [entry(i["id"], i["name"], "threat") for i in agentic["threats"]])
    ml = load("owasp_ml_top10_2023")
    write("owasp-ml", "OWASP Machine Learning Security Top 10", "2023", "2026-11", "CC-BY-SA-4.0",
          "OWASP Machine Learning Security Top 10; ids and names only",
          "https://owasp.org/www-project-machine-learning-security-top-10/",
          [entry(*v.split(" ", 1), "risk") for v in ml["items"].values()])
    aima = load("owasp_aima")
    practices = []
    for domain in aima["domains"]:
        for practice in domain["practices"]:
            practices.append(entry(practice["id"], practice["name"], "practice", group=domain["name"]))
    write("owasp-aima", "OWASP AI Maturity Assessment", "V1, toolkit 1.0.1", "2026-11", "CC-BY-SA-4.0",
          "OWASP AI Maturity Assessment; names only, the ids are Seawall's own since AIMA gives none",
          "https://github.com/OWASP/www-project-ai-maturity-assessment", practices)
    aisvs = load("owasp_aisvs")
    sections = []
    for chapter in aisvs["chapters"]:
        sections.append(entry(chapter["id"], chapter["name"], "chapter",
                              maps=[r for r in chapter["atlas_refs"] + chapter["llm_refs"]]))
        sections += [entry(s["id"], s["name"], "section", group=chapter["id"]) for s in chapter["sections"]]
    write("owasp-aisvs", "OWASP AI Security Verification Standard", "1.0", "2026-11", "CC-BY-SA-4.0",
          "OWASP AISVS 1.0; ids and section titles only", "https://github.com/OWASP/AISVS", sections)


def governments():
    rmf = load("nist_ai_rmf")
    categories = [entry(c["id"], c["outcome"], "category", group=c["id"].split(" ")[0]) for c in rmf["categories"]]
    write("nist-ai-rmf", "NIST AI Risk Management Framework", "1.0", "2023-01-26", "public domain (US)",
          "NIST AI 100-1", "https://www.nist.gov/itl/ai-risk-management-framework", categories)
    genai = load("nist_ai_600_1_risks")
    write("nist-ai-600-1", "NIST AI 600-1 Generative AI Profile", "2024", "2024-07-26", "public domain (US)",
          "NIST AI 600-1", "https://doi.org/10.6028/NIST.AI.600-1",
          [entry("NIST-600-1-" + v.split(". ", 1)[0], v.split(". ", 1)[1], "risk") for v in genai["items"].values()])
    act = load("eu_ai_act")
    write("eu-ai-act", "EU AI Act", "Regulation (EU) 2024/1689", "2024-07-12", "EU reuse (Decision 2011/833/EU)",
          "European Union, Regulation (EU) 2024/1689", "https://eur-lex.europa.eu/eli/reg/2024/1689/oj",
          [entry(f"EU-AIA-{a['article']}", a["title"], "article") for a in act["articles"]])
    iso = load("iso42001_annexA_ids")
    write("iso-42001", "ISO/IEC 42001 Annex A", "2023", "2026-11", "ISO copyright: ids only",
          "ISO/IEC 42001:2023; ids only, no titles", "https://www.iso.org/standard/81230.html",
          [entry("ISO42001-" + i, "control " + i, "control") for i in iso["controls"]])
    note = "some secondary sources of 2026; confirm with the issuer before relying on it"
    write("us-model-risk", "US model risk guidance", "2026", "2026-04-17", "public domain (US)",
          "Board of Governors of the Federal Reserve System, OCC, FDIC", "https://www.federalreserve.gov/",
          [entry("SR-11-7", "Supervisory Guidance on Model Risk Management", "guidance", note=note,
                 status="rescinded 2026-04-17", **{"superseded-by": "SR-26-2"}),
           entry("SR-26-2", "Model risk management guidance; generative and agentic AI out of scope", "guidance", note=note)])


def kubernetes():
    ms = load("ms_k8s_threat_matrix")
    techniques = [entry(t["id"], t["name"], "technique", note=", ".join(t["tactics"]), **{"mitigated-by": t["mitigations"]})
                  for t in ms["techniques"]]
    mitigations = [entry(m["id"], m["name"], "mitigation") for m in ms["mitigations"]]
    write("ms-kubernetes", "Microsoft Threat Matrix for Kubernetes", "2023-01", "2023-01-23", "CC-BY-4.0",
          "Threat Matrix for Kubernetes, Copyright Microsoft, CC-BY-4.0",
          "https://github.com/microsoft/Threat-Matrix-for-Kubernetes", techniques + mitigations)


for derive in (atlas, finos, owasp, governments, kubernetes):
    derive()
