// Run in the page: what somebody would miss who does not see it, or not well.

/** Runs in the page: what has no name, no label, or is out of order. */
export const faults: string = `(() => {
  const found = [];
  const named = (one) => (one.getAttribute('aria-label') || one.textContent || '').trim() !== '' ||
    document.getElementById(one.getAttribute('aria-labelledby'))?.textContent;
  for (const one of document.querySelectorAll('button, summary, [role=button], [role=region], nav, section'))
    if (!named(one)) found.push('no name: ' + one.outerHTML.slice(0, 80));
  for (const one of document.querySelectorAll('input, select, progress'))
    if (!one.labels?.length && !one.getAttribute('aria-label')) found.push('no label: ' + one.id);
  const levels = [...document.querySelectorAll('h1, h2, h3, h4, h5')].map((one) => Number(one.tagName[1]));
  levels.forEach((level, i) => {
    if (i > 0 && level > levels[i - 1] + 1) found.push('heading ' + i + ' skips to ' + level);
  });
  const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
  if (new Set(ids).size !== ids.length) found.push('an id stands twice');
  for (const one of document.querySelectorAll('[aria-labelledby], [aria-describedby]'))
    for (const name of ['aria-labelledby', 'aria-describedby'])
      if (one.hasAttribute(name) && !document.getElementById(one.getAttribute(name)))
        found.push('no ' + one.getAttribute(name));
  for (const one of document.querySelectorAll('svg'))
    if (!one.getAttribute('aria-label') && one.getAttribute('aria-hidden') !== 'true')
      found.push('a drawing without words');
  if (document.documentElement.lang === '' || document.title === '') found.push('no language or title');
  return found;
})()`;

/** Runs in the page: pairs of colours with a contrast below 4.5. [WCAG 2.2, 1.4.3] */
export const paleColors: string = `(() => {
  const style = getComputedStyle(document.documentElement);
  const light = (name) => {
    const hex = style.getPropertyValue(name).trim();
    const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const inks = ['--ink', '--soft', '--good', '--bad', '--accent', '--warn'];
  const plain = inks.flatMap((ink) => ['--paper', '--card'].map((ground) => [ink, ground]));
  const pairs = plain.concat([
    ['--good', '--good-tint'], ['--bad', '--bad-tint'], ['--ink', '--bad-tint'], ['--ink', '--tint'],
    ['--ink', '--good-tint'], ['--soft', '--good-tint'], ['--soft', '--bad-tint'],
    ['--accent-ink', '--accent'],
  ]);
  return pairs.filter(([ink, ground]) => !(contrast(ink, ground) >= 4.5)).map((pair) => pair.join(' on '));
})()`;
