/** What a passphrase must be before it may protect a key. */

/** Shortest passphrase, characters. */
export const PASSPHRASE_MIN = 10
/** Fewest different characters: `aaaaaaaaaaaa` is long and worthless. */
const DISTINCT_MIN = 5

/**
 * Words anybody would try here: the program, what it looks after, its roles, and what people write for a password.
 * Taken out of a passphrase, enough must be left. docs/security.md names this list.
 */
const COMMON_WORDS = [
  ...['dbmedic', 'database', 'mariadb', 'mysql', 'postgresql', 'postgres', 'sqlite', 'mongodb', 'redis'],
  ...['administrator', 'admin', 'approver', 'operator', 'auditor', 'viewer', 'server', 'root', 'user'],
  ...['passphrase', 'password', 'passwort', 'passwd', 'p@ssw0rd', 'p4ssw0rd', 'passw0rd', 'pass', 'secret'],
  ...[
    'changeme',
    'change me',
    'letmein',
    'welcome',
    'qwertyuiop',
    'qwertzuiop',
    'qwerty',
    'qwertz',
    'azerty',
  ],
] as const

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
  if (isCommon(lower)) return 'it is made of words anybody would try'
  return isSequence(lower) ? 'it is a run of neighbouring characters' : null
}

/** Fewest letters, or letters and digits, that are left without those words. */
const [LETTERS_LEFT, CHARACTERS_LEFT] = [5, 8]

/** Has it such a word, and little else but marks, a year or a count? */
function isCommon(lower: string): boolean {
  const rest = COMMON_WORDS.reduce((text, word) => text.replaceAll(word, ''), lower)
  if (rest === lower) return false
  const characters = rest.replace(/[^\p{L}\p{N}]/gu, '')
  const letters = characters.replace(/[^\p{L}]/gu, '')
  return letters.length < LETTERS_LEFT && (characters.length < CHARACTERS_LEFT || isSequence(characters))
}

/** `1234567890`, `abcdefghij`, `0987654321`: every character is the neighbour of the one before. */
function isSequence(text: string): boolean {
  const steps = new Set<number>()
  for (let i = 1; i < text.length; i++) steps.add(text.charCodeAt(i) - text.charCodeAt(i - 1))
  return [...steps].every((step) => Math.abs(step) === 1 || Math.abs(step) === 9)
}
