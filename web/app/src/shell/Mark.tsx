// The mark: a text whose three dots are a tone.
export function Mark() {
  return (
    <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden fill="currentColor">
      <path
        fillRule="evenodd"
        d="M6.5 3h11A4.5 4.5 0 0 1 22 7.500v6a4.500 4.500 0 0 1-4.500 4.500H12l-4.600 3.700a.5.5 0 0 1-.8-.4V18A4.500 4.500 0 0 1 2 13.500v-6A4.500 4.500 0 0 1 6.500 3Zm1 6.200a1.300 1.300 0 1 0 0 2.600 1.300 1.300 0 0 0 0-2.600Zm4.500 0a1.300 1.300 0 1 0 0 2.600 1.300 1.300 0 0 0 0-2.600Zm4.500 0a1.300 1.300 0 1 0 0 2.600 1.300 1.300 0 0 0 0-2.600Z"
      />
    </svg>
  );
}
