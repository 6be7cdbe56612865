import { auditEvidence, readEvidence } from '../../src/audit/evidence-file.ts';
import { type AuditSource, loadFolder, splitPath } from '../../src/audit/source.ts';
import { attempt } from '../../src/crypto/codec.ts';
import type { EvidenceView } from '../shared/messages.ts';
import { shownEnvelope } from './session-view.ts';

/** An evidence file, judged now, with what the accused has signed. */
export async function evidenceView(source: AuditSource, path: string): Promise<EvidenceView> {
  const [folderPath, name] = splitPath(path);
  const folder = await loadFolder(source, { path: folderPath, names: [name] });
  const [check] = auditEvidence(folder, name).checks;
  const bytes = folder.files.get(name);
  const file = bytes && attempt(() => readEvidence(bytes, name));
  return {
    path,
    verdict: check?.verdict ?? 'fail',
    accused: file?.evidence.accused ?? 0,
    reason: file?.reason ?? '',
    kind: file?.evidence.kind ?? '',
    check: file?.evidence.check ?? '',
    because: check?.detail ?? '',
    envelopes: (file?.evidence.envelopes ?? []).map((envelope, i, all) =>
      shownEnvelope(`Signed bytes ${i + 1} of ${all.length}`, envelope),
    ),
  };
}
