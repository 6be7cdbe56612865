import type { AuditTools } from '../audit/audit-signature.ts';
import { installPrimitives } from '../crypto/primitives.ts';
import { brotli } from '../system/compression.ts';
import { nativePrimitives } from '../system/native.ts';

/** What an audit on this machine works with; faster hashes and curves are taken where there are any. */
export function auditTools(): AuditTools {
  const native = nativePrimitives();
  if (native !== undefined) installPrimitives(native);
  return { compressor: brotli, versionedHashes };
}

/** The setup for blobs takes seconds to load: only a request with blobs asks for it. */
async function versionedHashes(payload: Uint8Array): Promise<readonly Uint8Array[]> {
  const [{ kzg }, { versionedHashesOf }] = await Promise.all([
    import('../system/kzg.ts'),
    import('../system/blob-sidecar.ts'),
  ]);
  return versionedHashesOf(await kzg(), payload);
}
