/** Rules on passkeys and on what browsers are asked to sign. */

/** The rules, by number. */
export const PASSKEY_RULES = {
  'GOV-131': {
    message: 'a passkey is its owner’s, removed once, and its counter only goes forward while it lives',
    why: 'Whoever could register a passkey for another could be them; a counter that goes back is a copy of the key.',
  },
  'GOV-132': {
    message: 'a challenge holds two minutes at most, is answered once, and stays until it has run out',
    why: 'An answer that could be given twice, or kept for later, would be a password.',
  },
  'GOV-133': {
    message: 'a login has 20 passkeys at most',
    why: 'A list nobody can look through hides the one that is not its owner’s.',
  },
  'GOV-139': {
    message: 'a passkey is named anew while it counts and its owner is let in, 100 times at most',
    why: 'Its name is all its owner knows it by: under another name the one that is to go would stay.',
  },
} as const
