export async function isolation(): Promise<void> {}
