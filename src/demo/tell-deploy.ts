import { scenarios } from './world/scenarios/index.ts'
import type { World } from './world/world.ts'

/** Tells Vigil of the deploy that broke the shop, as a pipeline does at its end (docs/context.md); of other troubles there is nothing to tell. */
export const tellDeploy = async (world: World, { port, token }: { port: number; token: string }): Promise<void> => {
  const told = deployOf(world)
  if (told === undefined) return
  const { version, previous, commit, author, at } = told
  await fetch(`http://127.0.0.1:${port}/api/v1/context/deploys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      service: 'checkout',
      namespace: 'shop',
      version,
      previous,
      commit,
      author,
      when: at.toISOString(),
    }),
  })
}

/** The deploy of the last trouble; undefined where it came without one. */
export const deployOf = (world: World) => {
  const broken = world.scenario()
  if (broken === undefined) return undefined
  const { deploy } = scenarios[broken.id].effects(broken.startedAt.getTime() / 1000, undefined)
  return deploy === undefined ? undefined : { ...deploy, at: broken.startedAt }
}
