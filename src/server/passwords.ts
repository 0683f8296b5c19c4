/** Passwords: Argon2id, as OWASP's Password Storage Cheat Sheet has it (19 MiB, two passes, one lane). */
import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import type { ServerContext } from './context.ts'

const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
/** Hashes at once: each takes 19 MiB and a thread, and anybody may ask for one. */
const AT_ONCE = 2

/** The hasher of a server. Work beyond two at once waits its turn. */
export function createPasswords(): ServerContext['passwords'] {
  const turns = new Turns(AT_ONCE)
  // Compared with where there is no such user, so that both answers take the same time.
  const nobody = turns.run(() => hash(randomBytes(32), COST))
  return {
    hash: (password) => turns.run(() => hash(password.normalize('NFC'), COST)),
    matches: async (known, password) => {
      const against = known ?? (await nobody)
      const same = await turns.run(() => verify(against, password.normalize('NFC')))
      return same && known !== null
    },
  }
}

/** At most so many pieces of work at once; the others wait in order. */
class Turns {
  private free: number
  private readonly waiting: (() => void)[] = []

  constructor(atOnce: number) {
    this.free = atOnce
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1
    else await new Promise<void>((resolve) => this.waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.waiting.shift()
      if (next === undefined) this.free += 1
      else next()
    }
  }
}
