import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Ports are drawn from here: below those a system gives to connections by itself (from 32,768 on Linux, 49,152 elsewhere;
 * ip(7), RFC 6335 section 6), so that a server that is down for a moment finds its own port free when it is back.
 */
const FIRST = 10_000
const LAST = 32_000
const TRIES = 100

/**
 * A port nobody listens on now; another process may still take it first, so a start on it is tried again.
 * @throws the last refusal, where a hundred in a row are taken
 */
export async function freePort(): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = randomInt(FIRST, LAST)
    try {
      await listenOnce(port)
      return port
    } catch (error) {
      if (tries === TRIES) throw error
    }
  }
}

function listenOnce(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve()))
  })
}
