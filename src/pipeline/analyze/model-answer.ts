/**
 * What a model may answer, and the sieve it goes through: unknown members, actions, parameters, objects and
 * evidence ids are dropped, each with the reason. What remains names candidates the rules had named already.
 */
import { canonicalJson, type Json } from '../../core/canonical.ts'
import type { AnswerSchema } from '../../core/model.ts'
import type { NewAnalysis, ProposedAction } from '../../core/nouns.ts'
import type { ParameterSchema } from '../../core/parameters.ts'
import type { RiskLevel } from '../../core/vocabulary.ts'
import { acceptsParams } from './accepts-params.ts'

/** Candidates of one answer that are looked at. */
export const MOST_CANDIDATES = 5
/** Letters of an action's id and of an evidence id, and evidence ids a candidate may cite: more is never needed. */
const MOST_ACTION_ID = 100
const MOST_EVIDENCE_ID = 12
const MOST_CITED = 20
/** Records of one answer; the last says how many more there were. */
const MOST_DROPPED = 20
const MOST_WORDS = 600
const MOST_REASON = 200
const MOST_REASONS = 3

/** An action a model may name: enabled here, and in this program. */
export interface CatalogueEntry {
  readonly actionId: string
  readonly title: string
  readonly risk: RiskLevel
  readonly parameters: ParameterSchema
}

/** An answer before the sieve: an object, nothing more is known. */
export type RawAnswer = { readonly [member: string]: Json }

/** What passed, and a record of everything that did not. */
export interface SievedAnswer {
  /** Candidates of the rules in the order the model prefers; each once. */
  readonly preferred: readonly ProposedAction[]
  /** Reasons given for the first of them, cleaned; may be empty. */
  readonly reasons: readonly string[]
  /** Cleaned wording; empty if there is none. */
  readonly explanation: string
  readonly dropped: readonly Json[]
}

/**
 * The shape a model is asked for. The schema is constant: nothing of a target is part of it. Its bounds are those of
 * the sieve: where the server makes a grammar of them, a small model that repeats itself comes to an end.
 */
export const ANSWER_SCHEMA: AnswerSchema<RawAnswer> = {
  name: 'analysis_comment',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['candidates', 'explanation'],
    properties: {
      candidates: {
        type: 'array',
        maxItems: MOST_CANDIDATES,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['actionId', 'params', 'evidenceIds', 'reasons'],
          properties: {
            actionId: { type: 'string', maxLength: MOST_ACTION_ID },
            params: { type: 'object' },
            evidenceIds: {
              type: 'array',
              maxItems: MOST_CITED,
              items: { type: 'string', maxLength: MOST_EVIDENCE_ID },
            },
            reasons: {
              type: 'array',
              maxItems: MOST_REASONS,
              items: { type: 'string', maxLength: MOST_REASON },
            },
          },
        },
      },
      explanation: { type: 'string', maxLength: MOST_WORDS },
    },
  },
  read: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { answer: value as RawAnswer }
      : { because: 'the answer is not an object' },
}

/** Puts an answer through the sieve. Pure; never throws. */
export function sieveAnswer(
  answer: RawAnswer,
  analysis: NewAnalysis,
  catalogue: readonly CatalogueEntry[],
): SievedAnswer {
  const dropped: Json[] = []
  for (const member of Object.keys(answer)) {
    if (member !== 'candidates' && member !== 'explanation') {
      dropped.push(record('member', member, 'an answer has no such member'))
    }
  }
  const sieve: Sieve = {
    catalogue: new Map(catalogue.map((entry) => [entry.actionId, entry])),
    evidenceIds: new Set(analysis.evidence.map((claim) => claim.id)),
    named: namesOf(analysis),
    candidates: candidatesOf(analysis),
  }
  const passed = sieveCandidates(answer, sieve, dropped)
  const words = sieveWords(answer.explanation, sieve.evidenceIds)
  if ('because' in words) dropped.push(record('explanation', '', words.because))
  return {
    preferred: [...passed.keys()],
    reasons: [...passed.values()][0] ?? [],
    explanation: 'text' in words ? words.text : '',
    dropped: bounded(dropped),
  }
}

/** The candidates that pass, with their reasons; what does not pass is added to `dropped`. */
function sieveCandidates(
  answer: RawAnswer,
  sieve: Sieve,
  dropped: Json[],
): ReadonlyMap<ProposedAction, readonly string[]> {
  const given = Object.hasOwn(answer, 'candidates') ? answer.candidates : []
  const list = Array.isArray(given) ? (given as readonly Json[]) : []
  if (!Array.isArray(given)) dropped.push(record('candidates', '', 'they are not a list'))
  if (list.length > MOST_CANDIDATES) {
    dropped.push(
      record('candidates', '', `${list.length - MOST_CANDIDATES} beyond the first ${MOST_CANDIDATES}`),
    )
  }
  const passed = new Map<ProposedAction, readonly string[]>()
  for (const item of list.slice(0, MOST_CANDIDATES)) {
    const found = sieveCandidate(item, sieve)
    if ('because' in found) dropped.push(record('candidate', found.actionId, found.because))
    else if (!passed.has(found.candidate)) passed.set(found.candidate, found.reasons)
  }
  return passed
}

/** The candidates of the hypothesis the rules named; none if they abstained. */
export const candidatesOf = (analysis: NewAnalysis): readonly ProposedAction[] =>
  analysis.competingHypotheses.find((h) => h.lostBecause === null)?.candidates ?? []

/** One record of something of a model's that was not accepted. */
export const record = (what: string, named: string, because: string): Json => ({
  from: 'model',
  what,
  named: cleaned(named, 120),
  because,
})

interface Sieve {
  readonly catalogue: ReadonlyMap<string, CatalogueEntry>
  readonly evidenceIds: ReadonlySet<string>
  /** Every text the evidence and the rules' own candidates hold. */
  readonly named: ReadonlySet<string>
  readonly candidates: readonly ProposedAction[]
}

type Found =
  | { readonly candidate: ProposedAction; readonly reasons: readonly string[] }
  | { readonly actionId: string; readonly because: string }

const CANDIDATE_MEMBERS = ['actionId', 'params', 'evidenceIds', 'reasons']

function sieveCandidate(item: Json, sieve: Sieve): Found {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    return { actionId: '', because: 'it is not an object' }
  }
  const given = item as RawAnswer
  const actionId = typeof given.actionId === 'string' ? given.actionId : ''
  const params = given.params ?? null
  const because = memberProblem(given) ?? paramsProblem(actionId, params, sieve) ?? citedProblem(given, sieve)
  if (because !== null) return { actionId, because }
  const text = canonicalOf(params)
  const candidate = sieve.candidates.find(
    (c) => c.actionId === actionId && text !== null && canonicalOf(c.params as Json) === text,
  )
  return candidate === undefined
    ? { actionId, because: 'the rules do not name it for this root cause, and a model adds none' }
    : { candidate, reasons: reasonsOf(given.reasons, sieve.evidenceIds) }
}

function memberProblem(given: RawAnswer): string | null {
  const extra = Object.keys(given).find((member) => !CANDIDATE_MEMBERS.includes(member))
  return extra === undefined ? null : `it has a member “${cleaned(extra, 40)}”, which no candidate has`
}

function paramsProblem(actionId: string, given: Json, sieve: Sieve): string | null {
  const entry = sieve.catalogue.get(actionId)
  if (entry === undefined) return 'there is no such action, or it is disabled here'
  const params = acceptsParams(given, entry.parameters)
  if ('because' in params) return params.because
  return params.names.every((name) => sieve.named.has(name))
    ? null
    : 'it names an object that is not in the evidence'
}

function citedProblem(given: RawAnswer, sieve: Sieve): string | null {
  const ids = given.evidenceIds
  if (!Array.isArray(ids) || ids.length === 0) return 'it cites no evidence'
  return (ids as readonly Json[]).every((id) => typeof id === 'string' && sieve.evidenceIds.has(id))
    ? null
    : 'it cites evidence that does not exist'
}

function reasonsOf(given: Json | undefined, known: ReadonlySet<string>): readonly string[] {
  const list = Array.isArray(given) ? (given as readonly Json[]) : []
  return list
    .slice(0, MOST_REASONS)
    .map((reason) => sieveWords(reason, known))
    .flatMap((words) => ('text' in words && words.text !== '' ? [cleaned(words.text, MOST_REASON)] : []))
}

/** Wording that cites only evidence there is and leads nowhere else. */
function sieveWords(
  given: Json | undefined,
  known: ReadonlySet<string>,
): { readonly text: string } | { readonly because: string } {
  if (given === undefined || given === null) return { text: '' }
  if (typeof given !== 'string') return { because: 'it is not text' }
  // Words stand between parentheses that mark them as the model's; they must not be able to close them.
  const text = cleaned(given, MOST_WORDS).replaceAll('(', '[').replaceAll(')', ']')
  const cited = text.match(/\be\d{1,6}\b/gi) ?? []
  if (cited.some((id) => !known.has(id.toLowerCase())))
    return { because: 'it cites evidence that does not exist' }
  if (/[a-z][a-z0-9+.-]*:\/\/|\bwww\./i.test(text)) return { because: 'it holds an address' }
  return { text }
}

/** One line without control, format and direction characters, at most `most` characters. */
export function cleaned(text: string, most: number): string {
  const line = text
    .slice(0, most * 4)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(/[\p{Cf}\p{Co}\p{Cn}]/gu, '')
    .trim()
  const letters = [...line]
  return letters.length <= most ? line : `${letters.slice(0, most - 1).join('')}…`
}

/** Every text in the values and questions of the evidence, and in what the rules named themselves. */
function namesOf(analysis: NewAnalysis): ReadonlySet<string> {
  const names = new Set<string>()
  const waiting: unknown[] = [
    ...analysis.evidence.flatMap((claim) => [claim.value, claim.recheck]),
    ...candidatesOf(analysis).map((candidate) => candidate.params),
  ]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === 'string') names.add(next)
    else if (typeof next === 'object' && next !== null) {
      waiting.push(...Object.values(next).filter((value) => value !== undefined && value !== null))
    }
  }
  return names
}

function canonicalOf(value: Json): string | null {
  try {
    return canonicalJson(value)
  } catch {
    return null
  }
}

function bounded(dropped: readonly Json[]): readonly Json[] {
  if (dropped.length <= MOST_DROPPED) return dropped
  const more = dropped.length - MOST_DROPPED + 1
  return [...dropped.slice(0, MOST_DROPPED - 1), record('more', '', `${more} further things were dropped`)]
}
