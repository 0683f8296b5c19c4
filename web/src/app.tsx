/** What surrounds every page: theme, cache of answers, addresses. */
import { MantineProvider } from '@mantine/core'
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useState } from 'react'
import { ProblemError } from './api/client.ts'
import { sessionQuery } from './api/queries.ts'
import { router } from './router.tsx'
import { theme } from './theme.ts'

/** Refusals after which the page no longer knows who it is for, or what they are to do first. */
const ASK_AGAIN: readonly string[] = ['DBM_SIGNED_OUT', 'DBM_FACTOR_MISSING']

/** Answers stay good until an event says otherwise; a fault is tried again twice, a refusal never. */
function newCache(): QueryClient {
  const onError = (error: Error): void => {
    if (error instanceof ProblemError && ASK_AGAIN.includes(error.problem.code)) askWhoIsSignedIn()
  }
  const cache = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (query.queryKey[0] !== sessionQuery.queryKey[0]) onError(error)
      },
    }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (count, error) => count < 2 && !(error instanceof ProblemError && error.problem.status < 500),
      },
    },
  })
  const askWhoIsSignedIn = (): void => void cache.invalidateQueries({ queryKey: sessionQuery.queryKey })
  return cache
}

/** The panel. */
export function App() {
  const [cache] = useState(newCache)
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
      deduplicateCssVariables={false}
    >
      <QueryClientProvider client={cache}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  )
}
