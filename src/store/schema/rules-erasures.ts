/** Rules on the erasure of people. Part of the one list in rules.ts. */

/** Their texts: what a session is told, and why it is so. */
export const ERASURE_RULES = {
  'GOV-146': {
    message: 'a person is erased once, by an active administrator, when no login of theirs is let in',
    why: 'Shutting a login out is signed and keeps the last administrator (GOV-069); who cannot be shut out cannot be erased.',
  },
  'GOV-147': {
    message: 'this person was erased: no name, login, key, password, link or role of theirs begins again',
    why: 'Under a login that came back somebody else would stand behind what the erased person did.',
  },
  'GOV-148': {
    message: 'a person’s key is made with the person, never changes, and goes when the person is erased',
    why: 'What is sealed on the chain can be shown to be what it was while the key is there, and by nobody afterwards.',
  },
} as const
