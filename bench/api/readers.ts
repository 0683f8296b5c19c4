/** Readers that ask the API again and again, each on a connection and with a token of its own. */
import { Agent, request } from 'node:http'
import { seededRandom } from '../../src/core/random.ts'

/** A question the readers ask. */
export interface Question {
  readonly name: string
  readonly path: string
  /** How often, beside the others. */
  readonly weight: number
}

/** Times of the answers by question, ms; and what was no right answer. */
export interface Asked {
  readonly times: ReadonlyMap<string, readonly number[]>
  readonly failures: readonly string[]
  readonly seconds: number
}

const SEED = 20_261_121
const FAILURES_MOST = 20

/** Lets the readers ask for so long. `thinkMs` is the mean of the pauses of each (exponential); 0: none. */
export async function letRead(of: {
  readonly address: string
  readonly tokens: readonly string[]
  readonly questions: readonly Question[]
  readonly seconds: number
  readonly thinkMs: number
  readonly signal: AbortSignal
}): Promise<Asked> {
  const times = new Map<string, number[]>(of.questions.map(({ name }) => [name, []]))
  const failures: string[] = []
  const random = seededRandom(SEED)
  const began = performance.now()
  const until = began + of.seconds * 1000
  const reader = async (token: string): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    // Not all at the same moment.
    await pause(random() * of.thinkMs)
    while (performance.now() < until && !of.signal.aborted) {
      const question = drawn(of.questions, random())
      const asked = performance.now()
      const status = await ask(agent, `${of.address}${question.path}`, token)
      const ms = performance.now() - asked
      if (status === 200) times.get(question.name)?.push(ms)
      else if (failures.length < FAILURES_MOST) failures.push(`${question.name} answered ${status}`)
      if (of.thinkMs > 0) await pause(-of.thinkMs * Math.log(1 - random()))
    }
    agent.destroy()
  }
  await Promise.all(of.tokens.map(reader))
  return { times, failures, seconds: (performance.now() - began) / 1000 }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function drawn(questions: readonly Question[], at: number): Question {
  let rest = at * questions.reduce((sum, { weight }) => sum + weight, 0)
  for (const question of questions) {
    rest -= question.weight
    if (rest < 0) return question
  }
  const last = questions.at(-1)
  if (last === undefined) throw new RangeError('nothing to ask')
  return last
}

/** The status of the whole answer; 0: there was none. */
function ask(agent: Agent, url: string, token: string): Promise<number> {
  return new Promise((resolve) => {
    const asking = request(url, { agent, headers: { authorization: `Bearer ${token}` } }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0))
      answer.on('error', () => resolve(0))
    })
    asking.on('error', () => resolve(0))
    asking.end()
  })
}
