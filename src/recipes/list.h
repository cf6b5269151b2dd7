/* Every recipe. Add a line here and a file beside it. */
X(classification)
X(cyclegan)
X(pix2pix)
X(regression)
