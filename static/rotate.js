// A picture turned by a quarter to the right, as a new file.
const QUALITY = 0.92;

// Resolves with the turned file, in its own format if that is JPEG, else as PNG; rejects for what no browser shows.
export async function turned(file) {
  const picture = await createImageBitmap(file); // as displayed: its EXIF turn is applied
  const canvas = document.createElement("canvas");
  canvas.width = picture.height;
  canvas.height = picture.width;
  const context = canvas.getContext("2d");
  context.translate(canvas.width, 0);
  context.rotate(Math.PI / 2);
  context.drawImage(picture, 0, 0);
  picture.close();
  const type = file.type === "image/jpeg" ? file.type : "image/png";
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, type, QUALITY));
  return new File([blob], file.name, { type });
}
