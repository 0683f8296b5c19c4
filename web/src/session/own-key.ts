/** The signed-in person's sealed key: from the server, or from a keyring file chosen in this page. Opened for one vote. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Session } from '../../../src/server/api-types.ts'
import { ProblemError, read } from '../api/client.ts'
import type { SealedKey, SigningKey } from './key-file.ts'
import { readKeyFile, unlockKey } from './unlock-key.ts'

/** The key, sealed. */
export interface OwnKey {
  /** `elsewhere`: the server has none, and a file is chosen. */
  readonly state: 'reading' | 'here' | 'elsewhere'
  readonly userName: string
  readonly error: Error | null
  choose(file: Blob): void
  /** @throws Error in words */
  unlock(passphrase: string): Promise<SigningKey>
}

/** Reads the key when a form that signs is shown. */
export function useOwnKey(session: Session): OwnKey {
  const [chosen, setChosen] = useState<SealedKey | null>(null)
  const [problem, setProblem] = useState<Error | null>(null)
  const { data, error } = useQuery({
    queryKey: ['keyring', session.userName],
    queryFn: ({ signal }) => read<SealedKey>('/api/keyring', signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  const missing = error instanceof ProblemError && error.problem.status === 404
  return {
    state: data !== undefined ? 'here' : missing ? 'elsewhere' : error === null ? 'reading' : 'here',
    userName: session.userName,
    error: problem ?? (missing ? null : error),
    choose: (file) => {
      setProblem(null)
      readKeyFile(file).then(setChosen, setProblem)
    },
    unlock: async (passphrase) => {
      const sealed = data ?? chosen
      if (sealed === null || sealed === undefined) throw new Error('Choose your keyring file first.')
      if (session.keyId === null) throw new Error('No key is registered for you; an administrator adds it.')
      return unlockKey(sealed, { passphrase, keyId: session.keyId })
    },
  }
}
