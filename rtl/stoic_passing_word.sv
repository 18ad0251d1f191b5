// The word that reaches the state memory without arithmetic: rotated, from the input, or from the bus. Combinational.
//
// COPY reads two words: what starts in the middle of one ends at the beginning of the next, so that lane 0 of the result
// comes from lane rotation_i of word a, and the lanes below it from word b. At most one of the three is taken.
module stoic_passing_word #(
  parameter bit [31:0] Lanes = 16,
  parameter bit [31:0] Width = 16,
  localparam bit [31:0] LaneBits = $clog2(Lanes)
) (
  input  logic                   take_rotated_i,
  input  logic [LaneBits-1:0]    rotation_i,
  input  logic [Lanes*Width-1:0] word_a_i,
  input  logic [Lanes*Width-1:0] word_b_i,
  input  logic                   take_input_i,
  input  logic [Lanes*Width-1:0] input_i,
  input  logic                   take_bus_i,
  input  logic [Width-1:0]       bus_i,           // for every lane
  output logic [Lanes*Width-1:0] word_o
);

  logic [Lanes*Width-1:0] turned_word, rotated_word;

  always_comb begin
    turned_word = 'x;
    if (take_rotated_i) begin
      turned_word = word_a_i;
      for (int l = 0; l < Lanes; l++)
        if (LaneBits'(l) < rotation_i) turned_word[l*Width +: Width] = word_b_i[l*Width +: Width];
    end
  end

  stoic_rotator #(
    .Lanes(Lanes),
    .Width(Width)
  ) u_rotator (
    .enable_i(take_rotated_i),
    .amount_i(rotation_i),
    .word_i  (turned_word),
    .word_o  (rotated_word)
  );

  always_comb begin
    word_o = 'x;
    if (take_rotated_i) word_o = rotated_word;
    else if (take_input_i) word_o = input_i;
    else if (take_bus_i) word_o = {Lanes{bus_i}};
  end

endmodule
