/** What differs between the protocols models are asked by: path, body, and where the answer stands. */
import type { Json } from '../core/canonical.ts'
import type { ModelQuestion } from '../core/model.ts'

/** What a body is made from. */
export interface BodyInput {
  readonly model: string
  readonly question: ModelQuestion
  readonly schemaName: string
  readonly schema: Json
  readonly maxOutputTokens: number
  readonly maxPromptBytes: number
}

/** The text a model wrote, or why the reply holds none. */
export type Content = { readonly content: string } | { readonly because: string }

/** One protocol. */
export interface Protocol {
  /** Path below the base address. */
  readonly path: string
  /**
   * Bodies from the strictest to the plainest. Servers that do not know a field answer 400 or 422; then the
   * next is sent, and remembered for the questions after.
   */
  readonly bodies: readonly ((input: BodyInput) => Json)[]
  /** Reads the reply; it is already bounded, and may be anything. */
  contentOf(reply: Json): Content
  /** True: what this server answers to a refused request says that the model cannot read that much at once. */
  isTooLong(reply: Json): boolean
}

/** The two messages. The first is constant; all data is in the second and nowhere else. */
export const messagesOf = (question: ModelQuestion): Json => [
  { role: 'system', content: question.instruction },
  { role: 'user', content: question.data },
]

/** The member of an object that may be anything; null if there is none. */
export function memberOf(value: Json | undefined, name: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return Object.hasOwn(value, name) ? ((value as { readonly [key: string]: Json })[name] ?? null) : null
}

/**
 * The kind of error a server names in its reply (`error.type`), for people to read; null unless it is one plain
 * word. Its free text stays in the recorded exchange.
 */
export function errorKindOf(reply: Json): string | null {
  const kind = memberOf(memberOf(reply, 'error'), 'type')
  return typeof kind === 'string' && /^[a-z][a-z_]{1,39}$/.test(kind) ? kind : null
}
