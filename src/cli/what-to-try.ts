/** What to type in a second terminal, in the directory of this repository, to see the server at work. */
export function whatToTry(port: number): string {
  const url = `https://localhost:${port}`;
  return `
gracekeeper answers on ${url}, with a certificate made for this run (hence -k). In a second terminal:
${url}
`;
}
