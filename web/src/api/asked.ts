/** Questions that a target answers in its own time: asked once, then looked for until the answer is there. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { read, write } from './client.ts'

/** How often an answer is looked for, ms. */
const LOOK_MS = 700

/** How far a question is. */
export interface Asked {
  readonly state: 'REQUESTED' | 'ANSWERED' | 'FAILED' | 'EXPIRED'
  readonly because: string | null
  readonly toProceed: string | null
}

/** Asks; gives the number to look for the answer with. @throws ProblemError */
export const ask = async (path: string, body?: unknown): Promise<string> =>
  String((await write<{ readonly requestId: number }>('POST', path, body)).requestId)

/** Looks for the answer until it is there. @param number undefined: nothing was asked. */
export function useAnswer<Answer extends Asked>(path: string, number: string | undefined) {
  return useQuery({
    queryKey: ['answers', path, number],
    queryFn: ({ signal }) => read<Answer>(`${path}/${encodeURIComponent(number ?? '')}`, signal),
    enabled: number !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: ({ state: { data } }) =>
      data === undefined || data.state === 'REQUESTED' ? LOOK_MS : false,
  })
}

/** Asks and looks, for who needs no address for the answer. */
export function useQuestion<Answer extends Asked>(askPath: string, answerPath: string) {
  const asking = useMutation({ mutationFn: (body: unknown) => ask(askPath, body) })
  const answer = useAnswer<Answer>(answerPath, asking.data)
  const waits = asking.isPending || (asking.data !== undefined && answer.data?.state === 'REQUESTED')
  return {
    put: asking.mutate,
    /** Undefined while nothing was asked, or it is not answered yet. */
    answer: asking.isPending || answer.data?.state === 'REQUESTED' ? undefined : answer.data,
    isWaiting: waits || (asking.data !== undefined && answer.isLoading),
    error: asking.error ?? answer.error,
  }
}
