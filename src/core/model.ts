/**
 * A language model as the analyst sees it: one question, one answer of a given shape, or a refusal. It is
 * handed text and gives text back; it has no way to a database, to the store or to an action.
 */
import type { Json } from './canonical.ts'
import type { Refusal } from './errors.ts'

/** What is asked. The two parts never mix: the instruction is a constant of the program, the data is JSON. */
export interface ModelQuestion {
  /** Fixed text. Nothing that came from a target is ever part of it. */
  readonly instruction: string
  /** One JSON document: everything that came from a target, literals masked before. */
  readonly data: string
}

/** The shape an answer must have: as JSON Schema for the model, as a reader for us. */
export interface AnswerSchema<A> {
  /** Letters, digits and underscores; protocols want a name. */
  readonly name: string
  /** JSON Schema, a constant of the program. It helps the model; only `read` is trusted. */
  readonly schema: Json
  /** The typed answer, or why this value is none. Pure; never throws. */
  read(value: Json): { readonly answer: A } | { readonly because: string }
}

/** One request as it went over the wire and what came back, so that it can be read again. */
export interface ModelExchange {
  /** The exact body sent. The key travels in a header and is not part of it. */
  readonly request: string
  /** `HTTP <status>` and the body as far as it was read, or why there is none. Our own key is taken out of it. */
  readonly response: string
}

/** What a question led to. `exchanges` holds every request that was sent, in order; empty if none was. */
export type ModelReply<A> =
  | { readonly answered: true; readonly answer: A; readonly exchanges: readonly ModelExchange[] }
  | {
      readonly answered: false
      readonly refusal: Refusal
      /** True: a shorter question may be answered. Longer than our bound it was not sent, than the model's it was refused. */
      readonly tooLong: boolean
      readonly exchanges: readonly ModelExchange[]
    }

/** A model. `none` has no object at all: where there is no model, nothing is asked. */
export interface Model {
  /** As people read it: `<kind>:<model>`, at most 200 characters. */
  readonly name: string
  /** The longest a question can take, ms, its repeats included. */
  readonly mostMs: number
  /** Asks. Never throws; whatever goes wrong is a refusal. */
  propose<A>(question: ModelQuestion, schema: AnswerSchema<A>, signal: AbortSignal): Promise<ModelReply<A>>
}
