/**
 * Everything inside asks who is signed in. Who is not goes to sign in and comes back to where they were; whose session
 * ends while a page is open signs in on top of it, so that nothing typed is lost.
 */
import { useQuery } from '@tanstack/react-query'
import { Navigate, useLocation } from '@tanstack/react-router'
import { ProblemError } from '../api/client.ts'
import { sessionQuery } from '../api/queries.ts'
import { ProblemNotice, Reading } from '../parts/notices.tsx'
import { Shell } from '../shell/shell.tsx'
import { SignInAgain } from './sign-in-again.tsx'

/** The shell, for who is signed in. */
export function SignedIn() {
  const { data, error, refetch } = useQuery(sessionQuery)
  const here = useLocation({ select: (location) => location.href })
  const signedOut = error instanceof ProblemError && error.problem.status === 401
  // On its way there already: going again would go on for ever.
  if (signedOut && here.startsWith('/sign-in')) return null
  if (data !== undefined)
    return (
      <>
        <Shell />
        {signedOut && <SignInAgain userName={data.userName} />}
      </>
    )
  if (signedOut) return <Navigate to="/sign-in" search={here === '/' ? {} : { to: here }} replace />
  if (error !== null)
    return (
      <main className="entry">
        <ProblemNotice error={error} again={() => void refetch()} />
      </main>
    )
  return (
    <main className="entry">
      <Reading />
    </main>
  )
}
