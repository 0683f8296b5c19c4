/** A token of a login of the bench's store. */
import { digestOf, newSecret, TOKEN_PREFIX } from '../../src/server/secrets.ts'
import { type BenchStore, signInOf } from './bench-store.ts'

/** Makes one that lives a day, and gives its secret. */
export async function tokenFor(
  bench: BenchStore,
  userName: string,
  of: { readonly workspaceId: number; readonly scopes: readonly string[] },
): Promise<string> {
  const token = `${TOKEN_PREFIX}${newSecret()}`
  await signInOf(bench).addToken({
    tokenDigest: digestOf(token),
    userName,
    ...of,
    tokenName: 'bench',
    lifetimeSeconds: 86_400,
  })
  return token
}
