// A corpus of errors that real servers gave to statements written to fail, with what is truly the same fault.
import type { ErrorReport } from '../../../src/recovery/index.ts'
import type { Draw, FaultFamily, PlannedFault } from './draw.ts'

/** One error of the corpus. */
export interface CorpusError {
  readonly label: string
  /** Language of the server's messages. */
  readonly language: string
  readonly report: ErrorReport
}

/** What a server said to statements. */
export interface Gathered {
  readonly errors: readonly CorpusError[]
  /** Statements that failed otherwise than planned, or did not fail, by label. */
  readonly unplanned: ReadonlyMap<string, number>
}

/** What an engine answered to one statement. */
export type Answer = Omit<ErrorReport, 'engine' | 'statement'> | null

/** Runs one statement; null where it does not fail. */
export type Run = (fault: PlannedFault) => Promise<Answer> | Answer

/** One engine in one language of messages. */
export interface Gathering {
  readonly engine: string
  readonly language: string
  readonly families: readonly FaultFamily[]
  readonly draw: Draw
  readonly count: number
  readonly run: Run
  /** The answered code in the spelling of the plan. */
  readonly codeOf: (answer: NonNullable<Answer>) => string
}

/** Runs `count` statements, each from a family drawn, and keeps what failed as planned. */
export async function gather(gathering: Gathering): Promise<Gathered> {
  const { engine, language, families, draw, count, run, codeOf } = gathering
  const errors: CorpusError[] = []
  const unplanned = new Map<string, number>()
  for (let i = 0; i < count; i++) {
    const fault = draw.pick(families)(draw)
    const answer = await run(fault)
    if (answer !== null && codeOf(answer) === fault.code) {
      const report = { engine, ...answer, statement: fault.statement }
      errors.push({ label: fault.label, language, report })
      continue
    }
    const key = `${fault.label}: ${answer === null ? 'no error' : codeOf(answer)} for ${fault.code}`
    unplanned.set(key, (unplanned.get(key) ?? 0) + 1)
  }
  return { errors, unplanned }
}

/** All of several. */
export function together(parts: readonly Gathered[]): Gathered {
  const unplanned = new Map<string, number>()
  for (const part of parts)
    for (const [key, count] of part.unplanned) unplanned.set(key, (unplanned.get(key) ?? 0) + count)
  return { errors: parts.flatMap((part) => part.errors), unplanned }
}
