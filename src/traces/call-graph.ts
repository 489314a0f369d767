/** Who calls whom: a service by its name as alerts have it. Each pair once. */
export type CallGraph = { readonly edges: readonly { readonly from: string; readonly to: string }[] }
