/** What a password or passphrase must be before it may protect an account or a key. */
import { guessesOf } from './guesses.ts'

/** Shortest passphrase, characters. */
export const PASSPHRASE_MIN = 10
/** Fewest different characters: `aaaaaaaaaaaa` is long and worthless. */
const DISTINCT_MIN = 5
/** Guesses, log10, that it must outlast: the most used passwords, and what is made as they are, take fewer. */
const GUESSES_LEAST = 7

/**
 * Why a passphrase is refused; null if it will do. The text never repeats the passphrase. Length, variety and how soon it is
 * guessed, no rules about kinds of characters: NIST SP 800-63B 5.1.1.2 advises against them.
 * @param names what its owner is called: user name, and where known the whole name
 */
export function weaknessOf(passphrase: string, ...names: readonly string[]): string | null {
  const characters = [...passphrase.normalize('NFC')]
  if (characters.length < PASSPHRASE_MIN) return `it must have at least ${PASSPHRASE_MIN} characters`
  if (new Set(characters).size < DISTINCT_MIN) return 'it repeats the same few characters'
  if (passphrase.trim().length < PASSPHRASE_MIN) return 'it is mostly white space'
  const { log10, kinds } = guessesOf(passphrase, names)
  return log10 < GUESSES_LEAST ? `it is soon guessed, being made of ${listed(kinds)}` : null
}

const listed = (kinds: readonly string[]): string =>
  [kinds.slice(0, -1).join(', '), ...kinds.slice(-1)].filter((part) => part !== '').join(' and ')
