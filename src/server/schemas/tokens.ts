/** Tokens of people, for scripts. */
import { z } from 'zod'
import { TOKEN_SCOPES } from '../../core/sign-in-port.ts'
import { id, list, time } from './parts.ts'
import { freshProofWith } from './passkeys.ts'

/** A token, without its secret. */
export const tokenSchema = z
  .object({
    tokenId: id,
    workspaceId: id,
    tokenName: z.string(),
    scopes: list(z.string()),
    createdAt: time,
    expiresAt: time,
    lastUsedAt: time.nullable(),
    revokedAt: time.nullable(),
  })
  .meta({ id: 'Token', description: 'A token of a person, for scripts.' })

/** What a new token is asked for with, with a proof: it outlives the browser it was asked for in. */
export const newTokenSchema = freshProofWith({
  workspace: z.int().min(1).default(1),
  tokenName: z.string().trim().min(1).max(100),
  scopes: z.array(z.enum(TOKEN_SCOPES)).min(1).max(TOKEN_SCOPES.length),
  days: z.int().min(1).max(366),
})
