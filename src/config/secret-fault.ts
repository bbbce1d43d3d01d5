const FEWEST_CHARACTERS = 8;
const FEWEST_BITS = 90;

/** Words that stand where somebody is meant to put a secret. */
const ofAnExample =
  /change.?me|example|sample|secret|passw[o0]rd|pepper|lethe|replace.?(me|this)|insert|your.?key|qwerty|letmein|hunter2/i;

/** Why nobody should rely on a secret that is long enough, to be said behind its name; undefined when nothing is known. */
export function secretFault(secret: string): string | undefined {
  if (ofAnExample.test(secret) || isTextInBase64(secret)) return 'reads like an example';
  if (/^(.+?)\1+$/s.test(secret)) return 'repeats itself';
  if (new Set(secret).size < FEWEST_CHARACTERS || bitsOf(secret) < FEWEST_BITS) return 'is made of too few characters';
  return countsUp(secret) ? 'counts up or down' : undefined;
}

/** As many as its characters would carry if each were drawn as often as it occurs. */
function bitsOf(secret: string): number {
  const times = new Map<string, number>();
  for (const character of secret) times.set(character, (times.get(character) ?? 0) + 1);
  return [...times.values()].reduce((bits, count) => bits - count * Math.log2(count / secret.length), 0);
}

function countsUp(secret: string): boolean {
  let steps = 0;
  for (let place = 1; place < secret.length; place++)
    if (Math.abs(secret.charCodeAt(place) - secret.charCodeAt(place - 1)) <= 1) steps += 1;
  return steps > secret.length / 2;
}

/** Random bytes are never all printable; words that were only put into base64 are. */
function isTextInBase64(secret: string): boolean {
  const bytes = Buffer.from(secret, 'base64');
  return bytes.length >= 16 && bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
}
