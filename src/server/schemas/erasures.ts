/** What is kept of a person, and the erasure of one. */
import { z } from 'zod'
import { id, list, time } from './parts.ts'
import { freshProofWith } from './passkeys.ts'
import { userName } from './people.ts'

/** An erasure on record. */
export const erasureSchema = z
  .object({
    personId: id,
    userNames: list(z.string()).meta({ description: 'Every login of the person.' }),
    erasedBy: z.string(),
    reason: z.string(),
    erasedAt: time,
  })
  .meta({ id: 'Erasure', description: 'A person who was erased; what they decided stays under the login.' })

/** All that is kept of a person. */
export const keptSchema = z
  .object({
    personId: id,
    userNames: list(z.string()),
    erasure: erasureSchema.nullable(),
    tables: list(
      z.object({
        table: z.string(),
        purpose: z.string().meta({ description: 'What a row is.' }),
        rows: list(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))).meta({
          description: 'Without secrets; bytes in base64.',
        }),
        hasMore: z.boolean().meta({ description: 'There are more than 10,000.' }),
      }),
    ),
  })
  .meta({ id: 'KeptOfPerson', description: 'Rows that are of a person or name a login of theirs, by table.' })

/** What an erasure is asked for with. */
export const erasureWishSchema = freshProofWith({
  reason: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .meta({ description: 'Kept on the audit chain; leave the person’s name out of it.' }),
  typed: userName.meta({ description: 'The login once more, as it was typed.' }),
})
