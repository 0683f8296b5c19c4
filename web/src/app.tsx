/** What surrounds every page: theme, cache of answers, addresses. */
import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useState } from 'react'
import { ProblemError } from './api/client.ts'
import { router } from './router.tsx'
import { theme } from './theme.ts'

/** Answers stay good until an event says otherwise; a fault is tried again twice, a refusal never. */
function newCache(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (count, error) => count < 2 && !(error instanceof ProblemError && error.problem.status < 500),
      },
    },
  })
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
