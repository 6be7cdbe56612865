/**
 * An endpoint as logs and people may see it: scheme, host and port. Providers put keys into paths, queries
 * and passwords; that there was one is said by `/…`.
 */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return 'a URL that is none';
  const { protocol, host, pathname, search, username } = new URL(url);
  const isBare = (pathname === '/' || pathname === '') && search === '' && username === '';
  return `${protocol}//${host}${isBare ? '' : '/…'}`;
}
