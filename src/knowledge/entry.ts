// The form of a knowledge entry: what a person should know of one error, with examples that are its tests.

import { z } from 'zod'

const text = z.string().trim().min(1)

/** An error as somebody meets it, for examples. */
const example = z.strictObject({
  engine: text.optional(),
  code: z.union([z.string(), z.number()]).optional(),
  message: text,
  statement: text.optional(),
})

const cause = z.strictObject({
  /** What may be behind it, one sentence. */
  cause: text,
  /** A statement or command that changes nothing and tells this cause from the others. */
  check: text,
  /** What its answer says. */
  tells: text,
})

const remedy = z.strictObject({
  /** What a person does. */
  do: text,
  /** The action of the catalogue that does it, where there is one. */
  action: z
    .string()
    .regex(/^[a-z]+\/[a-z-]+$/)
    .optional(),
})

/** One entry; its file is `knowledge/<engine>/<name>.yaml` and its id `<engine>/<name>`. */
export const entrySchema = z.strictObject({
  title: text,
  /** Engines as classifications name them. */
  engines: z.array(text).min(1),
  /** Their codes; a code belongs to one entry of an engine, unless `types` parts them. */
  codes: z.array(text).min(1),
  /** Only errors of these types; for codes under which an engine reports several faults. */
  types: z.array(text).min(1).optional(),
  symptom: text,
  /** The likeliest first. */
  causes: z.array(cause).min(1),
  remedy: z.array(remedy).min(1),
  prevention: text,
  mustMatch: z.array(example).min(1),
  mustNotMatch: z.array(example).min(1),
  sources: z.array(z.url({ protocol: /^https$/ })).min(1),
})

/** A knowledge entry with the id its place gives it. */
export interface KnowledgeEntry extends z.infer<typeof entrySchema> {
  readonly id: string
}
