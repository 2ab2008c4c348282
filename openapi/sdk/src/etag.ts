/**
 * The header that changes a document only when it is still the one that you read; else the API refuses with `version_mismatch`.
 *
 * ```ts
 * await openChair.updateProvider({ path: { id: provider.id }, body: { bio }, headers: ifMatch(provider) });
 * ```
 */
export function ifMatch(document: { version: number }): { 'If-Match': string } {
  return { 'If-Match': `"v${document.version}"` };
}
