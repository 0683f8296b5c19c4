/**
 * One text a state, equal for states that differ only in which of the two processes, or which of the two
 * persons, is called which: both are interchangeable, so exploring one of each such pair is enough.
 */
import type { Decision, Process, Run, State } from './state.ts'

/** One character a word; filled as words appear. Word order of the fields keeps equal characters apart. */
const CHARACTERS = new Map<string, string>()
const letter = (word: string): string => {
  const known = CHARACTERS.get(word)
  if (known !== undefined) return known
  const made = String.fromCharCode(0x41 + CHARACTERS.size)
  CHARACTERS.set(word, made)
  return made
}
const digit = (value: number): string => String.fromCharCode(0x31 + value)
const bits = (...flags: readonly boolean[]): string =>
  String.fromCharCode(flags.reduce((sum, flag, at) => sum + (flag ? 1 << at : 0), 0x30))

/** What the process called 0, and the person called 0, is called in the canonical state. */
interface Renaming {
  readonly swapped: boolean
  readonly first: 0 | 1
}

const OTHER: Readonly<Record<string, string>> = {
  'process 0': 'process 1',
  'process 1': 'process 0',
  'settler 0': 'settler 1',
  'settler 1': 'settler 0',
}

function decisionKey(each: Decision, { first }: Renaming): string {
  const votes = each.votes.map(
    (vote) => letter(vote.kind) + bits(vote.person !== first, vote.undo, vote.over, vote.otherPlan),
  )
  const words = letter(each.status) + letter(each.ending) + letter(each.verdict) + letter(each.firstVerdict)
  return `${words}${bits(each.used, each.over, each.altered)}${votes.join('')};`
}

function runKey(run: Run, { swapped }: Renaming): string {
  const owner = swapped ? (OTHER[run.owner] ?? run.owner) : run.owner
  const words = letter(run.status) + letter(run.outcome) + letter(owner) + letter(run.statement)
  const flags = bits(run.leased, run.opened, run.closed, run.adopted) + bits(run.consented, run.settling)
  return digit(run.decision) + letter(run.purpose) + words + flags + digit(run.sent)
}

function processKey({ runner, settler }: Process): string {
  const flags = bits(runner.broken, runner.lost, runner.sawAltered, runner.alteredSince)
  const words = letter(runner.at) + letter(runner.purpose) + letter(runner.server) + letter(runner.outcome)
  const running = words + digit(runner.decision) + digit(runner.run + 1) + flags
  const seen = bits(settler.sawQueued, settler.sawOpened, settler.sawClosed)
  return `${running}${letter(settler.at)}${letter(settler.outcome)}${digit(settler.run + 1)}${seen}`
}

function keyUnder(state: State, names: Renaming, processes: readonly [string, string]): string {
  const { left, inactive } = state
  const decisions = state.decisions.map((each) => decisionKey(each, names)).join('')
  const runs = state.runs.map((run) => runKey(run, names)).join('')
  const ordered = names.swapped ? processes[1] + processes[0] : processes[0] + processes[1]
  const flags = bits(
    state.halted,
    inactive[names.first],
    inactive[1 - names.first] === true,
    state.grantRevoked,
    state.replaced,
  )
  const counts = Object.values(left).map(digit).join('')
  return `${decisions}${state.issues.map(letter).join('')}|${runs}|${ordered}${flags}${counts}`
}

/** The canonical text of a state. */
export function keyOf(state: State): string {
  const votes = state.decisions.flatMap((each) => each.votes)
  const first = votes[0]?.person ?? (state.inactive[0] ? 0 : 1)
  const processes = [processKey(state.processes[0]), processKey(state.processes[1])] as const
  const under = (swapped: boolean): string => keyUnder(state, { swapped, first }, processes)
  if (processes[0] !== processes[1]) return under(processes[0] > processes[1])
  return [under(false), under(true)].sort()[0] ?? ''
}
