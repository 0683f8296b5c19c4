/** What a passphrase must be before it may protect a key. */

/** Shortest passphrase, characters. */
export const PASSPHRASE_MIN = 10
/** Fewest different characters: `aaaaaaaaaaaa` is long and worthless. */
const DISTINCT_MIN = 5

/**
 * Why a passphrase is refused; null if it will do. The text never repeats the passphrase. Length and variety
 * only, no rules about kinds of characters: NIST SP 800-63B 5.1.1.2 advises against them.
 */
export function weaknessOf(passphrase: string, userName: string): string | null {
  const characters = [...passphrase.normalize('NFC')]
  if (characters.length < PASSPHRASE_MIN) return `it must have at least ${PASSPHRASE_MIN} characters`
  if (new Set(characters).size < DISTINCT_MIN) return 'it repeats the same few characters'
  if (passphrase.trim().length < PASSPHRASE_MIN) return 'it is mostly white space'
  const lower = passphrase.toLowerCase()
  const user = userName.toLowerCase()
  if (user.length >= 3 && lower.replaceAll(user, '').length < PASSPHRASE_MIN / 2) return 'it is the user name'
  return isSequence(lower) ? 'it is a run of neighbouring characters' : null
}

/** `1234567890`, `abcdefghij`, `0987654321`: every character is the neighbour of the one before. */
function isSequence(text: string): boolean {
  const steps = new Set<number>()
  for (let i = 1; i < text.length; i++) steps.add(text.charCodeAt(i) - text.charCodeAt(i - 1))
  return [...steps].every((step) => Math.abs(step) === 1 || Math.abs(step) === 9)
}
