// Ids by order of appearance: two builds of the same sources are byte-identical.
module.exports = { optimization: { moduleIds: 'natural', chunkIds: 'natural' } };
